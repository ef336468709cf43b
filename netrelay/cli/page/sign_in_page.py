"""The form for the password, and pages that say why nothing is shown."""

from netrelay.cli.page.frame import PageFrame, document, part, state_card
from netrelay.cli.page.markup import Markup, element, prose


def sign_in_page(said: str = "") -> str:
    """Return the form. It does not name the node: nobody has said who looks. said: what failed."""
    form = element(
        "form",
        element(
            "label",
            "Password",
            element(
                "input",
                type="password",
                name="password",
                autocomplete="current-password",
                required=True,
                autofocus=True,
            ),
        ),
        element("button", "Sign in", type="submit"),
        method="post",
        action="/sign-in",
        class_="enter",
    )
    shown: list[Markup] = [element("p", said, role="alert")] if said else []
    return document(PageFrame("", "/sign-in"), "Sign in", part("Sign in", *shown, form))


def refusal_page(title: str, text: str) -> str:
    """Return a page that says why there is nothing to see."""
    return document(PageFrame("", ""), title, state_card("error", title, element("p", prose(text))))
