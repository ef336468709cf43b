"""Texts and files that came, newest first."""

from collections.abc import Sequence

from netrelay.cli.opening import command
from netrelay.cli.page.frame import document, part
from netrelay.cli.page.look import PageLook
from netrelay.cli.page.markup import Markup, element
from netrelay.cli.queries.arrived import Arrived, ArrivedText, WantedArrivals, arrived
from netrelay.cli.text import clock_time, size
from netrelay.runtime.home import Home

_SHOWN = 100
_TEXT_CHARACTERS = 500


def inbox_page(look: PageLook) -> str:
    """Return the page."""
    found = arrived(look.database, WantedArrivals(_SHOWN))
    if not found:
        shown = element("p", "Nothing has come yet.", class_="soft")
    else:
        shown = arrival_lines(found, look.home)
    more = None
    if len(found) == _SHOWN:
        more = element("p", f"The newest {_SHOWN} are shown.", class_="soft")
    return document(look.frame, "Inbox", part("Inbox", shown, more))


def arrival_lines(found: Sequence[Arrived], home: Home) -> Markup:
    """Return what came as a list, newest first. A file has its name, and no link to its content."""
    return element("ul", *(_line(each, home) for each in reversed(found)))


def _line(each: Arrived, home: Home) -> Markup:
    when = element("span", f"from {each.source}, {clock_time(each.unix_s)}", class_="soft")
    if isinstance(each, ArrivedText):
        text = each.text[: _TEXT_CHARACTERS + 1]
        if len(text) > _TEXT_CHARACTERS:
            whole = command(home, f"inbox {each.number}")
            text = f"{text[:_TEXT_CHARACTERS]}... (`{whole}` has all of it)"
        said = element("div", element("span", f"“{text}”"), when, class_="row")
        return element("li", said)
    place = f"{each.folder}/{each.name}"
    name = (
        element("span", place)
        if each.job is None
        else element("a", place, href=f"/jobs/{each.job}")
    )
    return element(
        "li",
        element(
            "div", name, element("span", size(each.size_bytes), class_="soft number"), class_="row"
        ),
        element("div", when, class_="row"),
    )
