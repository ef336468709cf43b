"""The section [page] of a boot file: who may look at the node in a browser, and who may act."""

from typing import Any, NamedTuple

from netrelay.provisioning.card.secret_span import secret_spans
from netrelay.provisioning.system import page_password
from netrelay.runtime.edited_text import EditedText
from netrelay.runtime.strict_toml import Document

_NAMES = ("password", "control_password")


class PageWish(NamedTuple):
    """A desired page; a password that is None: keep the one that is stored on the node."""

    port: int
    password: str | None
    is_control: bool
    control_password: str | None

    def __repr__(self) -> str:
        return f"PageWish({self.port})"


def page_secret(document: Document) -> str | None:
    """Return the value of page.password, which may be that of a Wi-Fi network too."""
    value = document.table("page").get("password")
    return value if isinstance(value, str) else None


def read_page(
    document: Document, values: dict[str, Any], text: EditedText, wifi_passwords: list[str | None]
) -> tuple[PageWish | None, tuple[tuple[int, int], ...]]:
    """Return the page of [page], and where its passwords are in the file; notes mistakes."""
    section = document.table("page")
    if not section:
        return None, ()
    is_control = bool(values["control"])
    wanted = {"password": True, "control_password": is_control}
    spans: list[tuple[int, int]] = []
    found: dict[str, str | None] = dict.fromkeys(_NAMES)
    for name in _NAMES:
        where = ("page", name)
        if name not in section:
            if wanted[name]:
                said = f"page.{name} is nothing"
                document.note(("page",), said, page_password.ALLOWED)
            continue
        value = section[name]
        if not wanted[name] and "control" not in section:
            said = "page.control_password is said without page.control"
            document.note(where, said, "both, or neither")
        elif isinstance(value, str) and value and set(value) == {"*"}:
            continue
        elif not page_password.is_allowed(value):
            document.note(where, f"page.{name} {_describe(value)}", page_password.ALLOWED)
        else:
            found[name] = value
            count = 1 + (wifi_passwords.count(value) if name == "password" else 0)
            places = secret_spans(text, name, value, count)
            if places is None:
                said = f"page.{name} is written so that it could not be starred out later"
                document.note(where, said, f'a line of its own: {name} = "..."')
            spans += places or ()
    if found["password"] is not None and found["password"] == found["control_password"]:
        document.note(
            ("page", "control_password"),
            "page.control_password is that of page.password",
            "another one: who may look may not act",
        )
    wish = PageWish(values["port"], found["password"], is_control, found["control_password"])
    return wish, tuple(spans)


def _describe(value: Any) -> str:
    """Return what is wrong with a password, without the password."""
    if not isinstance(value, str):
        return "is no text"
    return f"has {len(value)} characters"
