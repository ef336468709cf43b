"""Requests of a browser by which somebody acts, against a desk whose commands are noted."""

import json
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from netrelay.cli.page import page_application
from netrelay.cli.page.control_channel import MOST_HEADER_BYTES, SLICE_BYTES, socket_path
from netrelay.cli.page.control_server import answer_one
from netrelay.cli.page.page_application import PageApplication
from netrelay.cli.page.sessions import CONTROL_COOKIE, form_token
from tests.cli.command_line import CommandLine, Place
from tests.cli.page.requests import Answered, ask
from tests.cli.page.test_control_desk import PASSWORD, Desk, switch_on

ORIGIN = "http://localhost:7480"


class Browser:
    """Somebody who may look, at a page whose desk listens in the runtime directory."""

    def __init__(self, shelf: CommandLine) -> None:
        self.desk = Desk(shelf)
        self.page = PageApplication(shelf.home)
        self.cookie = ""

    def post(
        self, path: str, fields: dict[str, str], origin: str = ORIGIN, **environ: str
    ) -> Answered:
        session = self.cookie.partition("=")[2]
        form = urlencode({"token": form_token(session), **fields}).encode()
        if origin:
            environ["HTTP_ORIGIN"] = origin
        return ask(self.page, path, "POST", form, HTTP_COOKIE=self.cookie, **environ)

    def sign_in(self) -> Answered:
        answer = self.post("/control/sign-in", {"person": "Anna", "password": PASSWORD})
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer

    def get(self, path: str) -> Answered:
        return ask(self.page, path, HTTP_COOKIE=self.cookie)


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    shelf = homes.pair()[0]
    switch_on(shelf.home)
    return shelf


@pytest.fixture
def browser(shelf: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setattr(page_application, "may_look_here", lambda *_: True)
    made = Browser(shelf)
    with shelf.environment():
        shelf.home.make_runtime()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(socket_path(shelf.home)))
            listener.listen()

            def serve() -> None:
                while True:
                    try:
                        channel, _ = listener.accept()
                    except OSError:
                        return
                    with channel:
                        answer_one(made.desk.desk, channel)

            thread = threading.Thread(target=serve)
            thread.start()
            yield made
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(20)


def test_who_signs_in_acts_and_who_does_not_sees_no_button(browser: Browser) -> None:
    assert "Sign in to act" in browser.get("/control").body
    assert "Pause" not in browser.get("/peers/boat").body
    answer = browser.sign_in()
    assert (answer.status, answer.headers["location"]) == (303, "/control")
    kept = answer.headers["set-cookie"]
    assert kept.startswith(f"{CONTROL_COOKIE}=")
    assert kept.endswith("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict")
    assert "You are Anna." in browser.get("/control").body
    assert "Pause</button>" in browser.get("/peers/boat").body
    done = browser.post("/control/act", {"verb": "pause", "peer": "boat"})
    assert (done.status, "Done" in done.body) == (200, True)
    assert [act.words for act in browser.desk.acts] == [("pause", "boat")]


def test_markup_in_what_is_said_and_in_a_name_is_text(browser: Browser) -> None:
    spiteful = "<script>x</script>"
    answer = browser.post("/control/sign-in", {"person": spiteful, "password": PASSWORD})
    browser.cookie = answer.headers["set-cookie"].partition(";")[0]
    shown = browser.get("/control").body
    assert spiteful not in shown
    assert "&lt;script&gt;x" in shown
    refused = browser.post("/control/act", {"verb": spiteful})
    assert refused.status == 409
    assert spiteful not in refused.body


@pytest.mark.parametrize("origin", ["", "null", "http://evil.example", "https://localhost:7480"])
def test_a_form_of_another_origin_does_nothing(browser: Browser, origin: str) -> None:
    browser.sign_in()
    for path in ("/control/act", "/control/upload", "/control/sign-out", "/control/sign-in"):
        assert browser.post(path, {"verb": "pause", "peer": "boat"}, origin).status == 403
    assert browser.desk.acts == []


def test_a_form_without_its_token_does_nothing(browser: Browser) -> None:
    browser.sign_in()
    answer = browser.post("/control/act", {"verb": "pause", "peer": "boat", "token": "0" * 64})
    assert answer.status == 409
    assert browser.desk.acts == []


def test_a_form_that_is_sent_again_after_signing_out_does_nothing(browser: Browser) -> None:
    browser.sign_in()
    answer = browser.post("/control/sign-out", {})
    assert (answer.status, "Max-Age=0" in answer.headers["set-cookie"]) == (303, True)
    replayed = browser.post("/control/act", {"verb": "pause", "peer": "boat"})
    assert (replayed.status, "session is over" in replayed.body) == (409, True)
    assert browser.desk.acts == []


def test_who_may_not_look_may_not_act(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    browser.sign_in()
    monkeypatch.setattr(page_application, "may_look_here", lambda *_: False)
    assert browser.post("/control/act", {"verb": "pause", "peer": "boat"}).status == 403
    assert browser.desk.acts == []


def test_acting_that_is_off_has_no_page_and_no_form(browser: Browser) -> None:
    browser.sign_in()
    config = browser.desk.shelf.home.config
    config.write_text(config.read_text().replace("control = true", "control = false"))
    assert browser.get("/control").status == 404
    assert 'href="/control"' not in browser.get("/").body
    assert browser.post("/control/act", {"verb": "pause", "peer": "boat"}).status == 403
    assert browser.desk.acts == []


def test_a_file_is_sent_in_slices(browser: Browser) -> None:
    browser.sign_in()
    token = form_token(browser.cookie.partition("=")[2])

    def sliced(body: bytes, **query: object) -> dict[str, object]:
        answer = ask(
            browser.page,
            f"/control/upload?{urlencode(query)}",
            "POST",
            body,
            HTTP_COOKIE=browser.cookie,
            HTTP_ORIGIN=ORIGIN,
            HTTP_X_TOKEN=token,
        )
        assert answer.headers["content-type"] == "application/json"
        found: dict[str, object] = json.loads(answer.body)
        return found

    begun = sliced(b"", peer="boat", name="a b&.txt", total=SLICE_BYTES + 1)
    at = sliced(bytes(SLICE_BYTES), upload=begun["upload"], offset=0)
    assert at["done_bytes"] == SLICE_BYTES
    assert sliced(b"1", upload=begun["upload"], offset=SLICE_BYTES)["is_whole"]
    assert browser.desk.acts[0].words[-1] == "--as=a b&.txt"
    assert not sliced(b"", peer="boat", name="a", total=10 << 30)["is_done"]
    assert not sliced(b"", peer="boat", name="../a", total=1)["is_done"]


def test_a_body_that_is_too_long_is_not_read(browser: Browser) -> None:
    browser.sign_in()
    for path, length in (("upload", str(10 << 30)), ("act", str(1 << 20)), ("act", "")):
        answer = browser.post(f"/control/{path}", {}, CONTENT_LENGTH=length)
        assert answer.status == 413


def test_a_process_that_does_not_answer_is_named(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_in()
    socket_path(browser.desk.shelf.home).unlink()
    answer = browser.post("/control/act", {"verb": "pause", "peer": "boat"})
    assert (answer.status, "netrelay-control.socket" in answer.body) == (409, True)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\0",
        (MOST_HEADER_BYTES + 1).to_bytes(4, "big"),
        b"\0\0\0\x02[]",
        b"\0\0\0\x02{",
        b"\0\0\0\x04\xff\xff\xff\xff",
        b'\0\0\0\x1b{"body_bytes": 99999999999}',
    ],
)
def test_what_is_no_request_of_the_channel_is_dropped(browser: Browser, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect(str(socket_path(browser.desk.shelf.home)))
        channel.settimeout(20)
        channel.sendall(said)
        channel.shutdown(socket.SHUT_WR)
        assert b"session" not in channel.recv(65536)
    assert browser.sign_in().status == 303
