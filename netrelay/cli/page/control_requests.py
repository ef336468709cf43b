"""Requests by which somebody acts on the page: passed on to the process that may act."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from netrelay.cli.opening import command
from netrelay.cli.page import control_channel
from netrelay.cli.page.control_acts import COPIED_BYTES_PER_S
from netrelay.cli.page.control_channel import ANSWER_S, SLICE_BYTES, ChannelError, Message
from netrelay.cli.page.control_page import control_page, done_page
from netrelay.cli.page.look import Looks
from netrelay.cli.page.sessions import (
    CONTROL_COOKIE,
    LASTS_S,
    cookie_header,
    cookie_of,
)
from netrelay.cli.page.staged_upload import MOST_BYTES
from netrelay.runtime.home import Home

Environ = Mapping[str, Any]

PATHS: Final = ("/control/sign-in", "/control/sign-out", "/control/act", "/control/upload")
# A card of 16 KiB, each byte of which a form may escape by three.
FORM_LIMIT_BYTES: Final = 56 * 1024
# After the last slice the whole file is copied.
_UPLOADED_S: Final = ANSWER_S + MOST_BYTES / COPIED_BYTES_PER_S


class ControlReply(NamedTuple):
    """An answer to a request; cookie: the value of Set-Cookie. location: where to go instead."""

    status: int
    body: str = ""
    cookie: str | None = None
    location: str | None = None
    wait_s: float = 0.0


class ControlRequests:
    """Answers requests for `PATHS`, from somebody who may look already."""

    def __init__(self, home: Home, looks: Looks) -> None:
        self._home = home
        self._looks = looks

    def answer(self, environ: Environ, is_signed_in: bool) -> ControlReply:
        """Answer one POST; every answer but that of an upload is a page."""
        path = environ["PATH_INFO"]
        session = cookie_of(environ.get("HTTP_COOKIE", ""), CONTROL_COOKIE)
        # Browsers send it with every POST: without it, it is no form of this page.
        if not environ.get("HTTP_ORIGIN"):
            return ControlReply(403, "this has no Origin\n")
        limit = SLICE_BYTES if path == "/control/upload" else FORM_LIMIT_BYTES
        length = str(environ.get("CONTENT_LENGTH", ""))
        if not length.isdigit() or int(length) > limit:
            return ControlReply(413, f"allowed: at most {limit} bytes\n")
        body = environ["wsgi.input"].read(int(length))
        if path == "/control/upload":
            return self._upload(environ, session, body)
        fields = _fields(body)
        if path == "/control/sign-in":
            return self._sign_in(environ, fields, is_signed_in)
        token = fields.pop("token", "")
        request: Message = {"session": session, "token": token}
        if path == "/control/sign-out":
            found = self._ask({**request, "kind": "sign-out"})
            if found["is_done"]:
                return ControlReply(303, "", cookie_header("", 0, CONTROL_COOKIE), "/control")
        else:
            verb = fields.pop("verb", "")
            found = self._ask({**request, "kind": "act", "verb": verb, "fields": fields})
        with self._looks.look("/control", is_signed_in, session) as look:
            shown = done_page(look.frame, bool(found["is_done"]), str(found["words"]))
        return ControlReply(200 if found["is_done"] else 409, shown)

    def _sign_in(
        self, environ: Environ, fields: Mapping[str, str], is_signed_in: bool
    ) -> ControlReply:
        found = self._ask(
            {
                "kind": "sign-in",
                "person": fields.get("person", ""),
                "password": fields.get("password", ""),
                "address": str(environ["REMOTE_ADDR"]),
            }
        )
        if found["is_done"]:
            cookie = cookie_header(str(found["session"]), LASTS_S, CONTROL_COOKIE)
            return ControlReply(303, "", cookie, "/control")
        wait_s = float(found.get("wait_s", 0.0))
        with self._looks.look("/control", is_signed_in) as look:
            shown = control_page(look, str(found["words"]))
        return ControlReply(429 if wait_s else 403, shown, wait_s=wait_s)

    def _upload(self, environ: Environ, session: str, body: bytes) -> ControlReply:
        wanted = _fields(str(environ.get("QUERY_STRING", "")).encode())
        found = self._ask(
            {
                "kind": "upload",
                "session": session,
                "token": str(environ.get("HTTP_X_TOKEN", "")),
                "peer": wanted.get("peer", ""),
                "name": wanted.get("name", ""),
                "upload": wanted.get("upload", ""),
                "total_bytes": _number(wanted.get("total", "")),
                "offset": _number(wanted.get("offset", "")),
            },
            body,
            _UPLOADED_S,
        )
        return ControlReply(200 if found["is_done"] else 409, json.dumps(found))

    def _ask(self, request: Message, body: bytes = b"", answer_s: float = ANSWER_S) -> Message:
        try:
            found = control_channel.ask(self._home, request, body, answer_s)
        except ChannelError as error:
            words = (
                f"The process that acts does not answer ({error}): `systemctl status"
                f" netrelay-control.socket` says why, or `{command(self._home, 'page control')}`"
                " runs it."
            )
            return {"is_done": False, "words": words}
        return {"is_done": False, "words": "", **found}


def _fields(form: bytes) -> dict[str, str]:
    try:
        found = parse_qs(form.decode("latin-1"), keep_blank_values=True, max_num_fields=16)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else -1
