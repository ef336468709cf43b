"""HTML that is escaped unless it was built here: names and reasons come from other nodes."""

from html import escape
from typing import Final

from netrelay.core.printable import printable

# Elements without an end tag (HTML standard, "void elements"), as far as they are used here.
_VOID: Final = frozenset({"input", "link", "meta"})


class Markup(str):
    """Text that is HTML already. Only this module makes one."""

    __slots__ = ()


Content = str | None
"""A child of an element: markup stays as it is, text is escaped, None is left out."""


def element(tag: str, *children: Content, **attributes: str | int | bool | None) -> Markup:
    """Return an element with its children.

    An underscore at the end of an attribute's name is dropped, others become hyphens. None and
    False leave an attribute out; True writes it without a value.
    """
    written = "".join(
        f" {name.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_text(value)}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(*children)}</{tag}>")


def joined(*children: Content) -> Markup:
    """Return children one after the other."""
    return Markup("".join(_markup(child) for child in children if child is not None))


def prose(text: str) -> Markup:
    """Return text whose parts in backquotes are commands to type."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _markup(text)
    return joined(
        *(element("code", part) if place % 2 else part for place, part in enumerate(parts))
    )


def _markup(child: str) -> Markup:
    return child if isinstance(child, Markup) else Markup(_text(child))


def _text(value: object) -> str:
    return escape("\n".join(printable(line) for line in str(value).split("\n")))
