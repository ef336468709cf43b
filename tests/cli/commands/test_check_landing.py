"""`netrelay check`: the store in which files land is tried before anything does."""

import json
import re
from collections.abc import Iterator

import pytest

from netrelay.cli.checks import landing_findings
from netrelay.ring.process_bell import ProcessBell
from tests.cli.command_line import CommandLine, Place
from tests.landing.store_stub import BUCKET, Fault, StoreStub, store_stub


@pytest.fixture
def stub() -> Iterator[StoreStub]:
    with store_stub() as made:
        yield made


@pytest.fixture
def shelf(homes: Place, stub: StoreStub) -> CommandLine:
    """Return a node with a peer, where files land."""
    line: CommandLine = homes.pair()[0]
    keys = line.home.path / "land.toml"
    keys.write_text('access_key = "AKIA"\nsecret_key = "s3cr/et+"\n')
    keys.chmod(0o600)
    configure(line, endpoint=f'"{stub.endpoint}"', bucket=f'"{BUCKET}"')
    return line


def configure(line: CommandLine, **keys: str) -> None:
    text = line.home.config.read_text()
    for key, value in keys.items():
        text, changed = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
        assert changed == 1
    line.home.config.write_text(text)


def found(line: CommandLine) -> list[tuple[str, str]]:
    """Return level and text of each line about landing."""
    lines = [json.loads(each) for each in line("check", "--json").out.splitlines()]
    return [(each["level"], each["text"]) for each in lines if each["subject"] == "land"]


def test_without_a_store_nothing_is_said(shelf: CommandLine) -> None:
    configure(shelf, endpoint='""')
    assert found(shelf) == []


def test_a_good_store_and_a_process_that_does_not_run(shelf: CommandLine, stub: StoreStub) -> None:
    answers = ("ok", f"bucket {BUCKET} at {stub.endpoint} answers, and takes the key")
    first, (level, text) = found(shelf)
    assert (first, level) == (answers, "fail")
    assert re.fullmatch(r"nothing lands: `netrelay land --home \S+` does not run", text)
    with shelf.environment():
        shelf.home.make_runtime()
        bell = ProcessBell(shelf.home.runtime, "lander")
    assert found(shelf) == [answers]
    bell.close()


@pytest.mark.parametrize(
    ("fault", "level", "words"),
    [
        (Fault(403, "AccessDenied"), "warn", "the store refuses the key (403 AccessDenied)"),
        (Fault(403, "InvalidAccessKeyId"), "fail", "the store refuses the key (403 Invalid"),
        (Fault(404, "NoSuchBucket"), "fail", "there is no such bucket in the store"),
        (Fault(), "fail", "the store cannot be reached"),
    ],
)
def test_what_is_wrong_with_the_store(
    shelf: CommandLine, stub: StoreStub, fault: Fault, level: str, words: str
) -> None:
    stub.fault = lambda _: fault
    first = found(shelf)[0]
    assert first[0] == level
    assert words in first[1]
    assert "s3cr" not in first[1]


def test_a_store_that_does_not_answer_is_not_waited_for(
    shelf: CommandLine, stub: StoreStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing_findings, "_ANSWER_S", 0.2)
    stub.fault = lambda _: Fault(silent_s=30)
    assert found(shelf)[0][0] == "fail"
    assert "does not answer within 0 s" in found(shelf)[0][1]


def test_keys_that_others_may_read_are_named(shelf: CommandLine) -> None:
    (shelf.home.path / "land.toml").chmod(0o644)
    level, text = found(shelf)[0]
    assert level == "fail"
    assert text.endswith("allowed: 0600 or 0400")


def test_a_peer_that_is_not_there_is_named(shelf: CommandLine) -> None:
    configure(shelf, peers='["boat", "boats"]')
    level, text = found(shelf)[0]
    assert level == "warn"
    assert text.startswith("'boats' in peers of [land] is no peer here; did you mean boat?")


def test_an_unencrypted_store_is_named(
    shelf: CommandLine, stub: StoreStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing_findings, "is_loopback", lambda _: False)
    assert found(shelf)[0] == (
        "warn",
        f"{stub.endpoint} is not encrypted: everybody on the way reads the files",
    )
