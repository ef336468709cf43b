"""Forms of the page by which something is done; each carries the token of its session."""

from typing import NamedTuple

from netrelay.cli.page.markup import Markup, element
from netrelay.cli.page.sessions import form_token, session_person


class ControlLook(NamedTuple):
    """Acting on the page: if it is on, and the session of who has signed in to it, "" if nobody.

    The page cannot check a session: the process that acts does.
    """

    is_on: bool = False
    session: str = ""

    @property
    def person(self) -> str:
        """The name of who has signed in."""
        return session_person(self.session)


def act_button(control: ControlLook, verb: str, label: str, **fields: str) -> Markup | None:
    """Return a form of one button; None if nobody has signed in to act."""
    if not control.session:
        return None
    return element(
        "form",
        *hidden_fields(control, verb=verb, **fields),
        element("button", label, type="submit"),
        method="post",
        action="/control/act",
        class_="act",
    )


def hidden_fields(control: ControlLook, **fields: str) -> list[Markup]:
    """Return the token and these fields as inputs that are not shown."""
    values = {"token": form_token(control.session), **fields}
    return [
        element("input", type="hidden", name=name, value=value) for name, value in values.items()
    ]


def sign_in_form(said: str = "") -> list[Markup]:
    """Return the form for name and second password. said: what failed."""
    return [
        *([element("p", said, role="alert")] if said else []),
        element(
            "form",
            element(
                "label",
                "Your name, for the log",
                element("input", name="person", autocomplete="name", required=True, maxlength=40),
            ),
            element(
                "label",
                "Password for acting",
                element(
                    "input",
                    type="password",
                    name="password",
                    autocomplete="current-password",
                    required=True,
                ),
            ),
            element("button", "Sign in to act", type="submit"),
            method="post",
            action="/control/sign-in",
            class_="enter",
        ),
    ]
