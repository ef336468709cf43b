"""Who may look and what every answer says; nothing is written, nothing grows with tries."""

import re
import time
from pathlib import Path

import pytest

from netrelay.cli.page import page_application
from netrelay.cli.page.page_application import HEADERS, PageApplication
from netrelay.cli.page.sessions import COOKIE
from netrelay.provisioning.system.page_password import hashed, write_password
from tests.cli.command_line import CommandLine, Place
from tests.cli.page.requests import ask
from tests.cli.walks import walks

PASSWORD = "correct horse"
SPITEFUL = "<script>alert(\"x\")</script> & 'y'.jpg"


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


@pytest.fixture
def page(shelf: CommandLine) -> PageApplication:
    return PageApplication(shelf.home)


def signed_in(page: PageApplication, shelf: CommandLine) -> str:
    """Set the password, sign in, and return the cookie."""
    write_password(shelf.home, hashed(PASSWORD))
    answer = ask(page, "/sign-in", "POST", f"password={PASSWORD.replace(' ', '+')}".encode())
    assert (answer.status, answer.headers["location"]) == (303, "/")
    kept = answer.headers["set-cookie"]
    assert re.fullmatch(rf"{COOKIE}=\S+; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict", kept)
    return kept.partition(";")[0]


def test_nobody_looks_from_the_network_without_a_password(page: PageApplication) -> None:
    for path in ("/", "/jobs", "/inbox", "/node", "/events"):
        answer = ask(page, path)
        assert answer.status == 403
        assert "page password" in answer.body
    assert ask(page, "/sign-in", "POST", b"password=").status == 403


def test_who_signs_in_may_look_and_a_new_password_ends_it(
    page: PageApplication, shelf: CommandLine
) -> None:
    cookie = signed_in(page, shelf)
    assert ask(page, "/").headers["location"] == "/sign-in"
    assert ask(page, "/", HTTP_COOKIE=cookie).status == 200
    assert ask(page, "/", HTTP_COOKIE=cookie[:-1]).status == 303
    assert ask(page, "/events").status == 403
    write_password(shelf.home, hashed(PASSWORD))
    assert ask(page, "/", HTTP_COOKIE=cookie).status == 303


def test_signing_out_removes_the_cookie(page: PageApplication) -> None:
    answer = ask(page, "/sign-out", "POST")
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_a_loopback_address_behind_a_proxy_is_the_network(
    page: PageApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_application, "may_look_here", lambda *_: True)
    assert ask(page, "/", address="127.0.0.1").status == 200
    assert ask(page, "/", address="127.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1").status == 403


def test_every_answer_has_the_headers_that_protect_it(
    page: PageApplication, shelf: CommandLine
) -> None:
    cookie = signed_in(page, shelf)
    for path in ("/", "/nothing", "/style.css", "/live.js", "/sign-in", "/jobs?show=no", "/jobs/7"):
        answer = ask(page, path, HTTP_COOKIE=cookie)
        assert {name: answer.headers[name.lower()] for name, _ in HEADERS} == dict(HEADERS)
    policy = dict(HEADERS)["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_other_hosts_origins_and_methods_are_refused(
    page: PageApplication, shelf: CommandLine
) -> None:
    cookie = signed_in(page, shelf)
    assert ask(page, "/", HTTP_HOST="evil.example", HTTP_COOKIE=cookie).status == 421
    assert ask(page, "/", HTTP_ORIGIN="http://evil.example", HTTP_COOKIE=cookie).status == 403
    foreign = ask(page, "/sign-in", "POST", b"password=x", HTTP_ORIGIN="http://evil.example")
    assert foreign.status == 403
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(page, "/jobs", method, HTTP_COOKIE=cookie).status == 405
    assert ask(page, "/", "HEAD", HTTP_COOKIE=cookie).body == ""


def test_what_is_not_there_is_not_found(page: PageApplication, shelf: CommandLine) -> None:
    cookie = signed_in(page, shelf)
    paths = ("/x", "/jobs/999", "/jobs/1.5", "/peers/nobody", "/peers/../x", "/jobs?show=x", "//")
    for path in paths:
        assert ask(page, path, HTTP_COOKIE=cookie).status == 404, path


def test_ten_thousand_wrong_passwords_are_few_checks(
    page: PageApplication, shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_password(shelf.home, hashed(PASSWORD))
    checks: list[str] = []

    def is_wrong(_: object, typed: str) -> bool:
        checks.append(typed)
        return False

    monkeypatch.setattr(page_application, "is_right", is_wrong)
    began_s = time.monotonic()
    found = [
        ask(page, "/sign-in", "POST", b"password=wrong%d" % at, address=f"198.51.100.{at % 250}")
        for at in range(10_000)
    ]
    # Twenty at once, and one each five seconds.
    most = 21 + (time.monotonic() - began_s) / 5
    assert 20 <= len(checks) <= most
    assert [answer.status for answer in found].count(403) == len(checks)
    later = [answer for answer in found if answer.status == 429]
    assert len(later) == 10_000 - len(checks)
    assert all(int(answer.headers["retry-after"]) > 0 for answer in later)
    assert "Too many tries" in later[0].body


@pytest.mark.parametrize("length", ["", "x", "-1", "5000"])
def test_a_form_of_unknown_or_great_length_is_refused(
    page: PageApplication, shelf: CommandLine, length: str
) -> None:
    write_password(shelf.home, hashed(PASSWORD))
    assert ask(page, "/sign-in", "POST", b"password=x", CONTENT_LENGTH=length).status == 400


def test_names_are_text_and_nothing_is_written(page: PageApplication, shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("boat", SPITEFUL, 3 << 20)
    cookie = signed_in(page, shelf)
    before = contents(shelf.home.path)
    (job,) = re.findall(r'href="(/jobs/\d+)"', ask(page, "/", HTTP_COOKIE=cookie).body)[:1]
    for path in ("/", "/jobs", "/jobs?show=waiting", job, "/peers/boat", "/inbox", "/node"):
        answer = ask(page, path, HTTP_COOKIE=cookie)
        assert answer.status == 200
        assert "<script>alert" not in answer.body
        # No style and no script in the page itself: the policy would refuse them.
        assert not re.search(r" style=| on[a-z]+=|<style|<script>", answer.body)
    assert "&lt;script&gt;alert(&quot;x&quot;)" in ask(page, job, HTTP_COOKIE=cookie).body
    assert contents(shelf.home.path) == before


def contents(home: Path) -> dict[str, bytes]:
    """Return all files of a home with their content; SQLite makes and removes the -shm file."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }


def test_the_card_is_shown_if_there_is_one_and_only_ones_own(
    page: PageApplication, shelf: CommandLine, homes: Place
) -> None:
    cookie = signed_in(page, shelf)
    path = shelf.home.path / "page.card"
    assert f"id --card {path}" in ask(page, "/node", HTTP_COOKIE=cookie).body
    shelf.good("id", "--card", str(path))
    shown = ask(page, "/node", HTTP_COOKIE=cookie).body
    assert re.search(
        r"<pre[^>]*>-----BEGIN NETRELAY CARD-----\n[^<]*-----END NETRELAY CARD-----<", shown
    )
    path.write_text(f"<b>{path.read_text()}</b>")
    assert "<b>" not in ask(page, "/node", HTTP_COOKIE=cookie).body
    path.write_text("nothing")
    assert "is no card" in ask(page, "/node", HTTP_COOKIE=cookie).body
    path.unlink()
    path.symlink_to(shelf.home.keys / "identity.key")
    assert "There is no card to show" in ask(page, "/node", HTTP_COOKIE=cookie).body


def test_a_database_that_cannot_be_read_is_said(page: PageApplication, shelf: CommandLine) -> None:
    cookie = signed_in(page, shelf)
    shelf.home.database.rename(shelf.home.path / "elsewhere")
    answer = ask(page, "/", HTTP_COOKIE=cookie)
    assert answer.status == 503
    assert "half-made node" in answer.body


def test_eight_streams_are_open_and_a_closed_one_makes_room(page: PageApplication) -> None:
    streams = [page.streams.open(lambda: False) for _ in range(8)]
    assert page.streams.number == 8
    assert page.streams.open(lambda: False) is None
    first = streams[0]
    assert first is not None
    assert next(first).startswith(b"retry:")
    first.close()
    first.close()
    assert page.streams.number == 7
    again = page.streams.open(lambda: True)
    assert again is not None
    # The other end has hung up: it ends by itself.
    assert list(again) == [b"retry: 2000\n\n"]
