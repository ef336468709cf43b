// Sends a file in slices, so that the node never holds more than one of them in memory.
"use strict";
const form = document.getElementById("upload");
const bar = form.querySelector("progress"), said = form.querySelector("[role=status]");
const SLICE_BYTES = 262144;
async function ask(query, body) {
  const answer = await fetch("/control/upload?" + new URLSearchParams(query), {
    method: "POST", body, headers: {"Content-Type": "application/octet-stream", "X-Token": form.token.value},
  });
  const found = await answer.json();
  if (!found.is_done) throw new Error(found.words);
  return found;
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = form.file.files[0], button = form.querySelector("button");
  button.disabled = true;
  bar.hidden = false;
  said.textContent = "";
  try {
    let at = await ask({peer: form.peer.value, name: file.name, total: file.size}, "");
    while (!at.is_whole) {
      const slice = file.slice(at.done_bytes, at.done_bytes + SLICE_BYTES);
      at = await ask({upload: at.upload, offset: at.done_bytes}, slice);
      bar.value = 100 * at.done_bytes / file.size;
    }
    said.textContent = at.words;
    form.file.value = "";
  } catch (error) {
    said.textContent = error.message || "The node does not answer.";
  }
  button.disabled = false;
});
