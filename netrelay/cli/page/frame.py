"""The frame of all pages: head, links to the others, foot."""

import time
from typing import Final, NamedTuple

import netrelay
from netrelay.cli.page.markup import Markup, element, joined

LINKS: Final = (
    ("/", "Now"),
    ("/jobs", "Jobs"),
    ("/inbox", "Inbox"),
    ("/traffic", "Traffic"),
    ("/node", "This node"),
)
CONTROL_LINK: Final = ("/control", "Act")


class PageFrame(NamedTuple):
    """The name of this node, the path of the page, and whether its reader has signed in.

    is_live: the page is loaded anew when the database changes. has_control: acting is on.
    """

    name: str
    path: str
    is_signed_in: bool = False
    is_live: bool = False
    has_control: bool = False


def document(frame: PageFrame, title: str, *content: Markup | None) -> str:
    """Return a whole page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        element("title", f"{title} - {frame.name}" if frame.name else title),
        element("link", rel="icon", href="/icon.svg", type="image/svg+xml"),
        element("link", rel="stylesheet", href="/style.css"),
        element("script", src="/live.js", defer=True) if frame.is_live else None,
    )
    links = [
        element("a", words, href=path, aria_current="page" if path == frame.path else None)
        for path, words in (*LINKS, *((CONTROL_LINK,) if frame.has_control else ()))
    ]
    body = element(
        "body",
        element("a", "To the content", class_="skip", href="#content"),
        element(
            "header",
            element("a", frame.name or "netrelay", class_="name", href="/"),
            element("nav", *links, aria_label="Pages") if frame.name else None,
        ),
        element("main", _heading(title, content), *content, id="content"),
        element("footer", *_foot(frame)),
    )
    return "<!doctype html>\n" + element("html", head, body, lang="en")


def _heading(title: str, content: tuple[Markup | None, ...]) -> Markup | None:
    """Return the first heading for who hears the page, where no card at the top is one."""
    if any("<h1>" in each for each in content if each is not None):
        return None
    return element("h1", title, class_="unseen")


def part(title: str, *content: Markup | str | None) -> Markup:
    """Return a part of a page with its heading."""
    return element("section", element("h2", title), *content)


def state_card(level: str, heading: str, *content: Markup | str | None) -> Markup:
    """Return the card at the top of a page. level: ok, warning or error."""
    mark = {"ok": "✓", "warning": "!", "error": "✕"}[level]
    return element(
        "div",
        element("span", mark, class_="mark", aria_hidden="true"),
        element("div", element("h1", heading), *content),
        class_=f"state {level}",
    )


def tabs(label: str, here: str, links: tuple[tuple[str, str], ...]) -> Markup:
    """Return links of which one is the page that is shown."""
    return element(
        "nav",
        *(
            element("a", words, href=path, aria_current="page" if path == here else None)
            for path, words in links
        ),
        class_="tabs",
        aria_label=label,
    )


def _foot(frame: PageFrame) -> list[Markup]:
    if not frame.name:  # a stranger need not know which version this is
        return []
    found = [
        element("span", f"netrelay {netrelay.__version__}"),
        element("span", joined("as of ", time.strftime("%H:%M:%S"))),
    ]
    if frame.is_signed_in:
        button = element("button", "Sign out", type="submit")
        found.append(element("form", button, method="post", action="/sign-out"))
    return found
