"""The alarm program of a running node: told of a process that was killed, while files go on."""

import json

from tests.story.nodes import Homes, RunningNode, wait_for


def test_a_program_that_hangs_is_told_and_delays_no_file(homes: Homes) -> None:
    shelf, boat = homes.pair()
    told, go_on = boat.home.path / "told", boat.home.path / "go-on"
    program = boat.home.path / "alarm"
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$NETRELAY_ALARM_CHANGE $NETRELAY_ALARM_KIND $NETRELAY_ALARM_SUBJECT" >> {told}\n'
        f"while ! test -e {go_on}; do sleep 0.05; done\nexit 3\n"
    )
    program.chmod(0o755)
    boat.configure(on_alarm=str(program))
    for node in (shelf, boat):
        node.start()
    # exporter looks at once when it starts again.
    boat.kill("exporter")
    wait_for("the alarm", told.exists)
    dropped = shelf.drop("boat", "photo.jpg", b"bytes")
    boat.wait_for_delivery("shelf", dropped)
    go_on.touch()
    wait_for(
        "the program that failed to be a finding",
        lambda: "alarm-program" in boat.line.good("sql", "SELECT kind FROM health"),
    )
    assert told.read_text() == "raised restarts exporter\n"
    assert boat.line("check", "--quiet").code == 1
    line = boat.line("check", "--line").out
    assert line.startswith("NETRELAY WARNING - alarms: the alarm program ended with 3")
    assert "; processes: exporter ended unexpectedly" in line
    assert "exporter ended unexpectedly" in boat.line.good("status")
    assert [node.errors() for node in (shelf, boat)] == [[], []]


def kill(node: RunningNode, *processes: str) -> None:
    """Kill processes, and exporter last, which looks at once when it starts again."""
    for process in processes:
        node.kill(process)
        node.wait_for_rows("SELECT 1 FROM faults WHERE process = ?", process)
    before = node.number("SELECT count(*) FROM faults WHERE process = 'exporter'")
    node.kill("exporter")
    node.wait_for_rows(
        "SELECT count(*) FROM faults WHERE process = 'exporter' GROUP BY process"
        " HAVING count(*) > ?",
        before,
    )


def test_an_overseer_is_told_by_texts_one_after_the_other(homes: Homes) -> None:
    shelf, boat = homes.pair()
    shelf.configure(overseer="boat")
    for node in (boat, shelf):
        node.start()
    delivered = "SELECT id FROM messages WHERE type = 1 AND state = 'F'"
    kill(shelf)
    shelf.wait_for_rows(delivered)
    boat.stop()
    kill(shelf, "sender")
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE type = 1 AND state <> 'F'")
    kill(shelf, "receiver")
    shelf.wait_for_rows(
        "SELECT 1 FROM alarms WHERE subject = 'exporter' AND severity = 'error'"
        " AND told = 'warning'"
    )
    # It is owed, and no text is made before the receipt of the one that waits.
    assert len(shelf.rows("SELECT 1 FROM messages WHERE type = 1")) == 2
    boat.start()
    shelf.connect_now()
    wait_for("the receipt", lambda: len(shelf.rows(delivered)) == 2)
    kill(shelf)
    wait_for("the third text", lambda: len(shelf.rows(delivered)) == 3)
    assert [changes(boat.line.good("inbox", str(number))) for number in (1, 2, 3)] == [
        ["raised restarts exporter"],
        ["raised restarts sender"],
        ["worse restarts exporter", "raised restarts receiver"],
    ]
    assert [node.errors() for node in (shelf, boat)] == [[], []]


def changes(text: str) -> list[str]:
    """Return the changes in a text, as a program reads them."""
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert all(each["severity"] in ("warning", "error") for each in found)
    return [f"{each['change']} {each['kind']} {each['subject']}" for each in found]
