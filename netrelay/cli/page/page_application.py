"""The page as a WSGI application (PEP 3333): who may look, which page, headers of every answer."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading
from netrelay.cli.page import control_requests
from netrelay.cli.page.control_page import control_page
from netrelay.cli.page.control_requests import ControlRequests
from netrelay.cli.page.event_stream import EventStreams
from netrelay.cli.page.inbox_page import inbox_page
from netrelay.cli.page.job_page import job_page
from netrelay.cli.page.jobs_page import FILTERS, jobs_page
from netrelay.cli.page.local_users import may_look_here
from netrelay.cli.page.look import Looks, PageLook
from netrelay.cli.page.node_page import node_page
from netrelay.cli.page.now_page import now_page
from netrelay.cli.page.peer_page import peer_page
from netrelay.cli.page.request_checks import has_proxy, is_name_of_this_node, is_of_this_origin
from netrelay.cli.page.sessions import (
    CONTROL_COOKIE,
    LASTS_S,
    cookie_header,
    cookie_of,
    is_session,
    new_session,
)
from netrelay.cli.page.sign_in_pace import SignInPace
from netrelay.cli.page.sign_in_page import refusal_page, sign_in_page
from netrelay.cli.page.traffic_page import traffic_page
from netrelay.cli.queries.this_node import own_node
from netrelay.provisioning.system.page_password import (
    PasswordError,
    StoredPassword,
    is_right,
    read_password,
)
from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    # With "no-referrer" a browser would say `Origin: null` of the forms of this page too.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
FORM_LIMIT_BYTES: Final = 4096
_STATUS: Final = {
    200: "OK",
    303: "See Other",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    421: "Misdirected Request",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_HTML, _PLAIN = "text/html; charset=utf-8", "text/plain; charset=utf-8"
_JSON: Final = "application/json"
_FILES: Final = {
    "/style.css": "text/css; charset=utf-8",
    "/live.js": "text/javascript; charset=utf-8",
    "/upload.js": "text/javascript; charset=utf-8",
    "/icon.svg": "image/svg+xml",
}
_JOB: Final = re.compile(r"/jobs/([0-9]{1,18})")
_PEER: Final = re.compile(r"/peers/([a-z0-9][a-z0-9-]{0,30})")


class PageAnswer(NamedTuple):
    """An answer. headers: besides those that every answer has."""

    status: int
    body: str
    content_type: str = _HTML
    headers: tuple[tuple[str, str], ...] = ()


class PageApplication:
    """Answers requests from several threads. `asked_s`: when the last one came."""

    def __init__(self, home: Home) -> None:
        self.asked_s = time.monotonic()
        self.streams = EventStreams(home)
        self._home = home
        self._looks = Looks(home)
        self._control = ControlRequests(home, self._looks)
        self._clock = system_clock()
        self._pace = SignInPace()
        # One check takes 32 MiB.
        self._checking = threading.Lock()
        self._name: str | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        self.asked_s = time.monotonic()
        try:
            answer = self._refusal(environ) or self._answer(environ)
        except CommandError as error:
            answer = PageAnswer(503, refusal_page("Not to be seen now", f"{error}."))
        except Exception:
            logging.getLogger("netrelay.page").exception("a request failed")
            words = "This is a fault of netrelay: the journal of the page has more."
            answer = PageAnswer(500, refusal_page("Something failed", words))
        if not isinstance(answer, PageAnswer):
            headers = [*HEADERS, ("Content-Type", "text/event-stream")]
            start_response("200 OK", headers)
            return answer
        headers = [*HEADERS, ("Content-Type", answer.content_type), *answer.headers]
        start_response(f"{answer.status} {_STATUS[answer.status]}", headers)
        # Without a length waitress closes the connection: requests that are sent ahead are dropped.
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        return iter(() if is_head else (answer.body.encode(errors="replace"),))

    def is_used(self) -> bool:
        """Return True while somebody watches the changes."""
        return bool(self.streams.number)

    def _refusal(self, environ: Environ) -> PageAnswer | None:
        if not is_name_of_this_node(str(environ.get("HTTP_HOST", "")), self._own_name()):
            return PageAnswer(421, "this is another host\n", _PLAIN)
        if not is_of_this_origin(environ):
            return PageAnswer(403, "a page of another site asked for this\n", _PLAIN)
        posts = environ["PATH_INFO"] in ("/sign-in", "/sign-out", *control_requests.PATHS)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD", *(["POST"] if posts else [])):
            return PageAnswer(405, "nothing is sent there\n", _PLAIN, (("Allow", "GET, HEAD"),))
        return None

    def _answer(self, environ: Environ) -> PageAnswer | Iterator[bytes]:
        path, is_post = environ["PATH_INFO"], environ["REQUEST_METHOD"] == "POST"
        if path in _FILES:
            file = Path(__file__).with_name(path.removeprefix("/"))
            return PageAnswer(200, file.read_text(encoding="utf-8"), _FILES[path])
        if path == "/sign-in":
            return self._sign_in(environ) if is_post else PageAnswer(200, sign_in_page())
        if path == "/sign-out":
            return _redirect("/sign-in", cookie_header("", 0)) if is_post else _redirect("/")
        is_here = not has_proxy(environ) and may_look_here(
            self._home,
            environ["REMOTE_ADDR"],
            int(environ["REMOTE_PORT"]),
            int(environ["SERVER_PORT"]),
        )
        if not is_here:
            stored = self._stored()
            if stored is None:
                return self._nobody()
            if not is_session(stored, self._clock, cookie_of(environ.get("HTTP_COOKIE", ""))):
                return _redirect("/sign-in") if path != "/events" else PageAnswer(403, "", _PLAIN)
        if path == "/events":
            if environ["REQUEST_METHOD"] == "HEAD":
                return PageAnswer(200, "", _PLAIN)
            return self.streams.open(environ["waitress.client_disconnected"]) or PageAnswer(
                503, "too many look\n", _PLAIN
            )
        if path in control_requests.PATHS:
            return self._act(environ, not is_here) if is_post else _redirect("/control")
        session = cookie_of(environ.get("HTTP_COOKIE", ""), CONTROL_COOKIE)
        with self._looks.look(path, not is_here, session) as look:
            shown = _page(look, path, environ.get("QUERY_STRING", ""))
        if shown is None:
            there_is = "There is no such page, job or peer; a job may be too old to be known."
            return PageAnswer(404, refusal_page("Not found", there_is))
        return PageAnswer(200, shown)

    def _act(self, environ: Environ, is_signed_in: bool) -> PageAnswer:
        if not self._looks.control("").is_on:
            return PageAnswer(403, "acting on this page is off\n", _PLAIN)
        reply = self._control.answer(environ, is_signed_in)
        headers = [("Set-Cookie", reply.cookie)] if reply.cookie is not None else []
        headers += [("Location", reply.location)] if reply.location is not None else []
        headers += [("Retry-After", f"{max(reply.wait_s, 1):.0f}")] if reply.wait_s else []
        content_type = _HTML if reply.body.startswith("<") else _PLAIN
        if environ["PATH_INFO"] == "/control/upload":
            content_type = _JSON
        return PageAnswer(reply.status, reply.body, content_type, tuple(headers))

    def _sign_in(self, environ: Environ) -> PageAnswer:
        stored = self._stored()
        if stored is None:
            return self._nobody()
        length = environ.get("CONTENT_LENGTH", "")
        if not length.isdigit() or int(length) > FORM_LIMIT_BYTES:
            return PageAnswer(400, f"allowed: a form of at most {FORM_LIMIT_BYTES} bytes\n", _PLAIN)
        form = environ["wsgi.input"].read(int(length)).decode("latin-1")
        try:
            password = parse_qs(form, max_num_fields=4).get("password", [""])[0]
        except ValueError:
            password = ""
        if not self._checking.acquire(blocking=False):
            return _later("Another sign-in is being checked. Try again.", 2.0)
        try:
            wait_s = self._pace.wait_s(environ["REMOTE_ADDR"], time.monotonic())
            if wait_s > 0:
                return _later(f"Too many tries. Try again in {wait_s:.0f} s.", wait_s)
            if not is_right(stored, password):
                return PageAnswer(403, sign_in_page("That is not the password."))
        finally:
            self._checking.release()
        return _redirect("/", cookie_header(new_session(stored, self._clock), LASTS_S))

    def _stored(self) -> StoredPassword | None:
        try:
            return read_password(self._home)
        except PasswordError as error:
            raise CommandError(Exit.CONFIG, str(error)) from error

    def _nobody(self) -> PageAnswer:
        typed = command(self._home, "page password")
        words = (
            "From the network, and as a user of this machine who is not in the group netrelay,"
            f" nobody may look until a password is set: `{typed}` on the node."
        )
        return PageAnswer(403, refusal_page("Nobody may look from there", words))

    def _own_name(self) -> str:
        if self._name is None:
            try:
                with reading(self._home) as database:
                    self._name = own_node(database).name
            except CommandError:
                return ""
        return self._name


def _page(look: PageLook, path: str, query: str) -> str | None:
    if path == "/":
        return now_page(look)
    if path == "/inbox":
        return inbox_page(look)
    if path == "/control":
        return control_page(look) if look.control.is_on else None
    if path == "/traffic":
        return traffic_page(look)
    if path == "/node":
        return node_page(look)
    if path == "/jobs":
        shown = query.removeprefix("show=")
        return jobs_page(look, shown) if shown in FILTERS else None
    if match := _JOB.fullmatch(path):
        return job_page(look, match[1])
    if match := _PEER.fullmatch(path):
        return peer_page(look, match[1])
    return None


def _redirect(path: str, cookie: str | None = None) -> PageAnswer:
    headers = [("Location", path)]
    if cookie is not None:
        headers.append(("Set-Cookie", cookie))
    return PageAnswer(303, "", _PLAIN, tuple(headers))


def _later(words: str, wait_s: float) -> PageAnswer:
    return PageAnswer(429, sign_in_page(words), headers=(("Retry-After", f"{max(wait_s, 1):.0f}"),))
