"""`netrelay report`: the unit, how it ended, its last status, and what a person should do."""

from collections.abc import Iterator
from typing import Any

import pytest

from netrelay.cli.commands import report
from netrelay.cli.systemd.unit_ends import End, advice_for, end_words
from netrelay.cli.systemd.units import Unit
from netrelay.core.exit_status import NEEDS_A_PERSON, Exit
from netrelay.runtime.log import DELIVERY_FAILED, Log
from netrelay.runtime.node import open_database
from tests.cli.command_line import CommandLine, Place

Told = list[tuple[str, str, str]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """The lines that were written to the journal."""
    found: Told = []
    monkeypatch.setattr(report, "report_early", lambda *words: found.append(words))
    monkeypatch.setattr(report, "show", lambda _: {})
    monkeypatch.delenv("MONITOR_SERVICE_RESULT", raising=False)
    yield found


def hand_over(monkeypatch: pytest.MonkeyPatch, result: str, code: str, status: str) -> None:
    """Environment of an OnFailure= unit (systemd.exec(5))."""
    monkeypatch.setenv("MONITOR_SERVICE_RESULT", result)
    monkeypatch.setenv("MONITOR_EXIT_CODE", code)
    monkeypatch.setenv("MONITOR_EXIT_STATUS", status)
    monkeypatch.setenv("MONITOR_UNIT", "netrelay-receiver.service")


def unit(**fields: Any) -> Unit:
    name = "netrelay-receiver.service"
    made = Unit(name, "loaded", "failed", "failed", "exit-code", 0, "enabled", None, None, "")
    return made._replace(**fields)


def test_what_it_said_last_is_repeated(
    homes: Place, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    line: CommandLine = homes.node("shelf")
    hand_over(monkeypatch, "exit-code", "exited", "69")
    taken = unit(status_text="cannot listen on 0.0.0.0 port 7412: Address already in use")
    monkeypatch.setattr(report, "show", lambda _: {taken.name: taken})
    line.good("report", taken.name)
    ((process, event, text),) = told
    assert (process, event) == ("receiver", "unit-failed")
    assert text == (
        "netrelay-receiver.service is down and stays down: a person has to mend something first"
        " (exit status 69). It said: cannot listen on 0.0.0.0 port 7412: Address already in use."
        " Mend what it names (`sudo netrelay check` looks at all of it), then `sudo systemctl start"
        " netrelay.target`."
    )


def test_else_the_last_error_it_logged_is(
    homes: Place, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    line: CommandLine = homes.node("shelf")
    with line.environment():
        database = open_database(line.home, "exporter")
        log = Log("exporter", database)
        log.write(DELIVERY_FAILED, name="a.txt", error="No space left on device")
        log.store()
        database.close()
    hand_over(monkeypatch, "exit-code", "exited", "69")
    line.good("report", "netrelay-exporter.service")
    assert "It said: cannot put 'a.txt' into the inbox: No space left on device." in told[0][2]


def test_a_home_that_cannot_be_read_keeps_nobody_from_being_told(
    homes: Place, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    line: CommandLine = homes.node("shelf")
    line.home.database.write_bytes(b"no database at all" * 100)
    hand_over(monkeypatch, "exit-code", "exited", "243")
    line.good("report", "netrelay-sender.service")
    assert "systemd cannot hand over the node's keys (exit status 243)" in told[0][2]
    assert "netrelay restore" in told[0][2]


def test_a_person_may_ask_too(homes: Place, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    line: CommandLine = homes.node("shelf")
    killed = unit(result="signal", signal=9)
    monkeypatch.setattr(report, "show", lambda _: {killed.name: killed})
    line.good("report", killed.name)
    assert "it was killed by signal 9." in told[0][2]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("ssh.service", Exit.USAGE, "is no unit of netrelay"),
        ("netrelay-sendr.service", Exit.DATA, "systemd knows no unit"),
    ],
)
def test_another_unit_is_refused(
    words: str, code: Exit, said: str, homes: Place, told: Told
) -> None:
    found, text = homes.node("shelf").bad("report", words)
    assert found == code
    assert said in text
    assert told == []


@pytest.mark.parametrize(
    "status",
    [
        *sorted({Exit.SOFTWARE, Exit.TRY_AGAIN, *NEEDS_A_PERSON}),
        *(203, 217, 226, 243),
    ],
)
def test_each_status_has_its_words_and_its_advice(status: int) -> None:
    end = End("exit-code", "exited", str(status), "")
    assert end_words(end).endswith(f" (exit status {status})")
    assert advice_for(end) != advice_for(End("exit-code", "exited", "1", ""))


@pytest.mark.parametrize("result", ["watchdog", "oom-kill", "timeout", "resources"])
def test_each_result_of_systemds_has_words(result: str) -> None:
    assert "signal" not in end_words(End(result, "killed", "ABRT", ""))


@pytest.mark.parametrize("status", ["", "x", "-1", "²"])
def test_a_status_that_is_none_is_no_trouble(status: str) -> None:
    end = End("exit-code", "exited", status, "")
    assert end_words(end).startswith("exit status ")
    assert advice_for(end)
