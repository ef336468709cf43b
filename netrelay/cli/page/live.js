// Puts the new content in place of the old one. Without scripts, reload by hand.
"use strict";
const status = new EventSource("/events");
let busy = false, again = false;
async function reload() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(location.href, {headers: {Accept: "text/html"}});
    if (answer.redirected) { location.reload(); return; }
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const old = document.getElementById("content"), fresh = page.getElementById("content");
      const inside = old.contains(document.activeElement) && document.activeElement !== document.body;
      if (fresh && !inside && String(getSelection()) === "") {
        old.replaceWith(fresh);
        document.title = page.title;
        document.querySelector("footer").replaceWith(page.querySelector("footer"));
      }
    }
  } catch { /* the node or the line is gone: EventSource tries again by itself */ }
  busy = false;
  if (again) { again = false; setTimeout(reload, 1000); }
}
status.addEventListener("changed", reload);
