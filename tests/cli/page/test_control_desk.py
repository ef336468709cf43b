"""Who may act on the page, and which commands are run: decided without trust in the page."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from netrelay.cli.page import control_desk
from netrelay.cli.page.control_acts import Act, ActOutcome, send_act
from netrelay.cli.page.control_desk import ControlDesk
from netrelay.cli.page.sessions import form_token
from netrelay.cli.page.staged_upload import MOST_BYTES, STALLED_S
from netrelay.provisioning.system.page_password import CONTROL_FILE_NAME, hashed, write_password
from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home
from netrelay.store.node_clock import Clock
from tests.cli.command_line import CommandLine, Place

PASSWORD = "correct horse"


class Desk:
    """A desk whose commands are noted, and what a page would ask it."""

    def __init__(self, shelf: CommandLine) -> None:
        self.shelf = shelf
        self.now_s = 1000.0
        self.acts: list[Act] = []
        self.desk = ControlDesk(
            shelf.home, Clock(lambda: self.now_s, "this boot", time.time), self.note
        )

    def note(self, _home: Home, act: Act) -> ActOutcome:
        self.acts.append(act)
        return ActOutcome(True, "said")

    def sign_in(self, password: str = PASSWORD, person: str = "Anna") -> dict[str, Any]:
        return self.desk.answer(
            {"kind": "sign-in", "person": person, "password": password, "address": "192.0.2.7"}, b""
        )

    def session(self, person: str = "Anna") -> dict[str, str]:
        """Sign in; return session and token."""
        session = self.sign_in(person=person)["session"]
        return {"session": session, "token": form_token(session)}

    def act(self, session: dict[str, str], verb: str, **fields: str) -> dict[str, Any]:
        return self.desk.answer({"kind": "act", **session, "verb": verb, "fields": fields}, b"")

    def upload(
        self, session: dict[str, str], body: bytes = b"", **wanted: object
    ) -> dict[str, Any]:
        return self.desk.answer({"kind": "upload", **session, **wanted}, body)

    def staged(self) -> Path:
        return self.shelf.home.path / "page.upload"


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    shelf = homes.pair()[0]
    switch_on(shelf.home)
    return shelf


@pytest.fixture
def desk(shelf: CommandLine) -> Desk:
    return Desk(shelf)


def switch_on(home: Home) -> None:
    home.config.write_text(home.config.read_text().replace("control = false", "control = true"))
    write_password(home, hashed(PASSWORD), CONTROL_FILE_NAME)


def logged(shelf: CommandLine) -> list[str]:
    return re.findall(r"\w+ asked on the page: .*", shelf.good("logs"))


def test_each_act_is_the_command_that_a_person_types_and_is_logged_by_name(desk: Desk) -> None:
    anna = desk.session()
    for verb, fields in (
        ("pause", {"peer": "boat"}),
        ("resume", {"peer": "boat"}),
        ("retry", {"job": "7"}),
        ("cancel", {"job": "7"}),
        ("add", {"card": "-----BEGIN", "name": "buoy"}),
    ):
        assert desk.act(anna, verb, **fields) == {"is_done": True, "words": "said"}
    assert [(act.words, act.given) for act in desk.acts] == [
        (("pause", "boat"), b""),
        (("resume", "boat"), b""),
        (("retry", "7", "--by=Anna"), b""),
        (("cancel", "7", "--by=Anna"), b""),
        (("peer", "add", "-", "--name", "buoy"), b"-----BEGIN"),
    ]
    assert logged(desk.shelf) == [
        f"Anna asked on the page: {told}"
        for told in ("pause boat", "resume boat", "retry 7", "cancel 7", "add a peer buoy")
    ]


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("pause", {"peer": "--all"}),
        ("pause", {}),
        ("retry", {"job": "--all"}),
        ("cancel", {"job": "7 8"}),
        ("cancel", {"job": "0"}),
        ("add", {"card": ""}),
        ("add", {"card": "x" * 16385}),
        ("add", {"card": "x", "name": "--address"}),
        ("rm", {"peer": "boat"}),
        ("sql", {}),
    ],
)
def test_what_is_no_act_runs_nothing(desk: Desk, verb: str, fields: dict[str, str]) -> None:
    assert not desk.act(desk.session(), verb, **fields)["is_done"]
    assert (desk.acts, logged(desk.shelf)) == ([], [])


def test_a_token_of_another_session_does_nothing(desk: Desk) -> None:
    anna, bert = desk.session("Anna"), desk.session("Bert")
    for token in ("", bert["token"], anna["token"][:-1], "é"):
        found = desk.act({**anna, "token": token}, "pause", peer="boat")
        assert "not of your session" in found["words"]
    forged = anna["session"].replace(b"Anna".hex(), b"Bert".hex())
    found = desk.act({"session": forged, "token": form_token(forged)}, "pause", peer="boat")
    assert "session is over" in found["words"]
    assert desk.acts == []


def test_a_token_is_of_no_use_after_signing_out(desk: Desk) -> None:
    anna, bert = desk.session("Anna"), desk.session("Bert")
    assert desk.desk.answer({"kind": "sign-out", **anna}, b"")["is_done"]
    for session in (anna, bert):
        assert "session is over" in desk.act(session, "pause", peer="boat")["words"]
    assert desk.acts == []
    assert desk.act(desk.session(), "pause", peer="boat")["is_done"]


def test_a_session_ends_after_twelve_hours(desk: Desk) -> None:
    anna = desk.session()
    desk.now_s += 12 * 3600 + 2
    assert "session is over" in desk.act(anna, "pause", peer="boat")["words"]


def test_without_the_configuration_nobody_acts(desk: Desk) -> None:
    anna, config = desk.session(), desk.shelf.home.config
    config.write_text(config.read_text().replace("control = true", "control = false"))
    assert "control = true" in desk.act(anna, "pause", peer="boat")["words"]
    assert "control = true" in desk.sign_in()["words"]
    assert "control = true" in str(desk.desk.why_off())
    assert desk.acts == []


def test_without_a_password_nobody_acts(desk: Desk) -> None:
    (desk.shelf.home.path / CONTROL_FILE_NAME).unlink()
    assert "control-password" in desk.sign_in()["words"]


def test_only_the_owner_may_read_the_password_for_acting(desk: Desk) -> None:
    assert (desk.shelf.home.path / CONTROL_FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_ten_thousand_wrong_passwords_are_few_checks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def noted(_stored: object, password: str) -> bool:
        checked.append(password)
        return False

    monkeypatch.setattr(control_desk, "is_right", noted)
    for number in range(10_000):
        found = desk.desk.answer(
            {
                "kind": "sign-in",
                "person": "Anna",
                "password": f"wrong {number}",
                "address": f"192.0.2.{number % 250}",
            },
            b"",
        )
        assert not found["is_done"]
    assert len(checked) == 20


@pytest.mark.parametrize("person", ["", "  ", "x" * 41, "a\nb\x00", "é" * 21])
def test_a_person_has_a_name(desk: Desk, person: str) -> None:
    found = desk.sign_in(person=person)
    assert "session" not in found
    assert "is no name" in found["words"]


def test_an_upload_is_sent_once_it_is_whole(desk: Desk) -> None:
    anna = desk.session()
    begun = desk.upload(anna, peer="boat", name="<b>a.txt", total_bytes=5)
    assert desk.upload(anna, b"abc", upload=begun["upload"], offset=0)["done_bytes"] == 3
    assert desk.acts == []
    assert desk.staged().read_bytes() == b"abc"
    assert desk.upload(anna, b"de", upload=begun["upload"], offset=3)["is_whole"]
    (act,) = desk.acts
    assert act.words == ("send", str(desk.staged()), "--to", "boat", "--as=<b>a.txt")
    assert not desk.staged().exists()
    assert logged(desk.shelf) == ["Anna asked on the page: send '<b>a.txt' (5 bytes) to boat"]


def test_an_empty_file_is_whole_at_once(desk: Desk) -> None:
    assert desk.upload(desk.session(), peer="boat", name="empty", total_bytes=0)["is_whole"]
    assert len(desk.acts) == 1


@pytest.mark.parametrize(
    ("name", "total_bytes"),
    [
        ("../../etc/passwd", 5),
        ("..", 5),
        ("", 5),
        ("a\0b", 5),
        ("x" * 256, 5),
        ("a\nb", 5),
        (".profile", 5),
        ("film.mkv.part", 5),
        ("big", 10 << 30),
        ("big", MOST_BYTES + 1),
        ("less", -1),
    ],
)
def test_an_upload_that_may_not_be_stores_nothing(desk: Desk, name: str, total_bytes: int) -> None:
    found = desk.upload(desk.session(), peer="boat", name=name, total_bytes=total_bytes)
    assert not found["is_done"]
    assert not desk.staged().exists()


def test_a_bad_name_is_named_with_what_is_allowed(desk: Desk) -> None:
    added = desk.act(desk.session(), "add", card="x", name="Bad Name")
    assert added["words"] == (
        "'Bad Name' is no name of a peer; allowed: 1 to 31 of a-z, 0-9 and -, beginning with a"
        " letter or digit"
    )
    hidden = desk.upload(desk.session(), peer="boat", name=".profile", total_bytes=5)
    assert hidden["words"].startswith(
        "'.profile' is left alone by the drop folder; allowed: a name that is not hidden,"
    )


def test_an_upload_to_nobody_stores_nothing(desk: Desk) -> None:
    for peer in ("nobody", "..", "-x", ".claimed"):
        assert not desk.upload(desk.session(), peer=peer, name="a", total_bytes=5)["is_done"]
    assert not desk.staged().exists()


def test_slices_follow_on_each_other(desk: Desk) -> None:
    anna, bert = desk.session("Anna"), desk.session("Bert")
    upload = desk.upload(anna, peer="boat", name="a", total_bytes=5)["upload"]
    for session, wanted, body in (
        (anna, {"upload": upload, "offset": 1}, b"a"),
        (anna, {"upload": upload, "offset": 0}, b"abcdef"),
        (anna, {"upload": "another", "offset": 0}, b"a"),
        (bert, {"upload": upload, "offset": 0}, b"a"),
    ):
        assert not desk.upload(session, body, **wanted)["is_done"]
    assert desk.staged().read_bytes() == b""


def test_an_upload_that_stalls_makes_room_for_another(desk: Desk) -> None:
    anna, bert = desk.session("Anna"), desk.session("Bert")
    first = desk.upload(anna, peer="boat", name="a", total_bytes=5)["upload"]
    assert "Anna is sending" in desk.upload(bert, peer="boat", name="b", total_bytes=5)["words"]
    desk.now_s += STALLED_S + 1
    assert desk.upload(bert, peer="boat", name="b", total_bytes=5)["is_done"]
    assert not desk.upload(anna, b"a", upload=first, offset=0)["is_done"]
    assert desk.acts == []


def test_what_a_killed_process_left_of_an_upload_goes(desk: Desk) -> None:
    desk.upload(desk.session(), peer="boat", name="a", total_bytes=5)
    assert desk.staged().exists()
    ControlDesk(desk.shelf.home, system_clock())
    assert not desk.staged().exists()


def test_what_is_there_of_an_upload_goes_with_its_session_and_with_the_process(desk: Desk) -> None:
    for end in (
        lambda anna: desk.desk.answer({"kind": "sign-out", **anna}, b""),
        lambda _: desk.desk.close(),
    ):
        anna = desk.session()
        assert desk.upload(anna, peer="boat", name="a", total_bytes=5)["is_done"]
        assert desk.staged().exists()
        end(anna)
        assert not desk.staged().exists()


def test_a_large_upload_has_the_time_that_a_slow_card_takes_for_its_copy() -> None:
    gibibyte, slow_card_bytes_per_s = 1 << 30, 4_194_304
    act = send_act("/page.upload", "boat", "a", 4 * gibibyte)
    assert act.patience_s == 60 + 4 * gibibyte / slow_card_bytes_per_s
    assert send_act("/page.upload", "boat", "a", 0).patience_s == 60


def test_what_is_no_request_is_refused(desk: Desk) -> None:
    anna = desk.session()
    for request in (
        {},
        {"kind": "act", **anna},
        {"kind": "act", **anna, "verb": 7, "fields": []},
        {"kind": "upload", **anna, "peer": "boat", "name": "a", "total_bytes": "5"},
        {"kind": "upload", **anna, "peer": "boat", "name": "a", "total_bytes": True},
        {"kind": "else", **anna},
        {"kind": "sign-in", "password": ["x"], "person": {}},
        # A page that somebody has taken over says what no browser does.
        {"kind": "sign-in", "password": "\ud800 is half a pair", "person": "Anna"},
        {"kind": "upload", **anna, "peer": "boat", "name": "\udc80\ud800", "total_bytes": 5},
        {"kind": "upload", **anna, "peer": "boat", "name": "a", "total_bytes": 10**4000},
        {"kind": "act", **anna, "verb": "\ud800", "fields": {}},
        {"kind": "act", **anna, "verb": "add", "fields": {"card": ["x"]}},
        {"kind": "act", **anna, "session": "\ud800"},
    ):
        assert not desk.desk.answer(request, b"")["is_done"]
    assert desk.acts == []
