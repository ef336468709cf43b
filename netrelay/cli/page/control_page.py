"""The page for acting: sign in, pause and resume, retry and cancel, send a file, add a peer."""

from netrelay.cli.page.control_forms import act_button, hidden_fields, sign_in_form
from netrelay.cli.page.frame import PageFrame, document, part, state_card
from netrelay.cli.page.job_lines import called
from netrelay.cli.page.look import PageLook
from netrelay.cli.page.markup import Markup, element, joined
from netrelay.cli.page.staged_upload import MOST_BYTES
from netrelay.cli.queries.cases import Filter, cases, listed_jobs
from netrelay.cli.queries.overview import PeerLine, first_nodes, peer_lines
from netrelay.cli.text import size
from netrelay.core.words import State

_SHOWN = 20
_PEERS = 50


def control_page(look: PageLook, said: str = "") -> str:
    """Return the page. said: why signing in failed."""
    if not look.control.session:
        return document(look.frame, "Act", part("Sign in to act", *sign_in_form(said)))
    peers = peer_lines(look.database, first_nodes(look.database, _PEERS))
    return document(
        look.frame._replace(is_live=False),
        "Act",
        part(
            "Act",
            element(
                "p", f"You are {look.control.person}. What you do here is logged by that name."
            ),
            act_sign_out(look),
        ),
        part("Send a file", *_upload(look, peers)),
        part("Peers", _peers(look, peers)),
        part("Jobs", *_jobs(look)),
        part("Add a peer", _card(look)),
    )


def done_page(frame: PageFrame, is_done: bool, words: str) -> str:
    """Return what came of an act."""
    level, heading = ("ok", "Done") if is_done else ("error", "Not done")
    return document(
        frame._replace(is_live=False),
        heading,
        state_card(level, heading, *(element("p", line) for line in words.split("\n") if line)),
        element("p", element("a", "Back", href="/control")),
    )


def act_sign_out(look: PageLook) -> Markup:
    """Return the button that ends the sessions of all who act."""
    return element(
        "form",
        *hidden_fields(look.control),
        element("button", "End acting, for everybody", type="submit"),
        method="post",
        action="/control/sign-out",
        class_="act",
    )


def _upload(look: PageLook, peers: list[PeerLine]) -> list[Markup]:
    if not peers:
        return [element("p", "There is no peer to send to.", class_="soft")]
    return [
        element(
            "form",
            *hidden_fields(look.control),
            element(
                "label",
                "To",
                element(
                    "select",
                    *(element("option", peer.name, value=peer.name) for peer in peers),
                    name="peer",
                ),
            ),
            element("label", "File", element("input", type="file", name="file", required=True)),
            element("button", "Send", type="submit"),
            element("progress", max=100, value=0, aria_label="How much is here", hidden=True),
            element("p", "", role="status"),
            id="upload",
            class_="enter",
        ),
        element(
            "noscript", element("p", "Sending a file needs scripts; all else here does without.")
        ),
        element("p", f"At most {size(MOST_BYTES)}.", class_="soft"),
        element("script", src="/upload.js", defer=True),
    ]


def _peers(look: PageLook, peers: list[PeerLine]) -> Markup:
    if not peers:
        return element("p", "No peer yet.", class_="soft")
    return element(
        "ul",
        *(
            element(
                "li",
                element(
                    "div",
                    element("span", peer.name),
                    act_button(look.control, "resume", f"Resume {peer.name}", peer=peer.name)
                    if peer.is_paused
                    else act_button(look.control, "pause", f"Pause {peer.name}", peer=peer.name),
                    class_="row",
                ),
            )
            for peer in peers
        ),
    )


def _jobs(look: PageLook) -> list[Markup]:
    states = tuple(str(each) for each in State if each not in (State.F, State.D))
    lines = []
    for verb, wanted in (("retry", Filter(states=("D",))), ("cancel", Filter(states=states))):
        jobs, _ = listed_jobs(look.database, wanted, _SHOWN)
        for case in cases(look.database, jobs):
            if case.direction == "through" or (verb == "retry" and case.direction != "out"):
                continue
            label = f"{verb.capitalize()} job {case.job}"
            lines.append(
                element(
                    "li",
                    element(
                        "div",
                        element("a", called(case), href=f"/jobs/{case.job}"),
                        act_button(look.control, verb, label, job=str(case.job)),
                        class_="row",
                    ),
                )
            )
    if not lines:
        return [element("p", "No job is dead, and none waits.", class_="soft")]
    return [element("ul", *lines)]


def _card(look: PageLook) -> Markup:
    return element(
        "form",
        *hidden_fields(look.control, verb="add"),
        element(
            "label",
            "Its card, from -----BEGIN to the end",
            element("textarea", "", name="card", rows=6, required=True),
        ),
        element(
            "label",
            "Call it here (empty: as it calls itself)",
            element("input", name="name", maxlength=31, autocomplete="off"),
        ),
        element("button", "Add the peer", type="submit"),
        element("p", joined("It may do nothing here until it is allowed to."), class_="soft"),
        method="post",
        action="/control/act",
        class_="enter",
    )
