"""The alarm program of a running node: told of a process that was killed, while files go on."""

from tests.story.nodes import Homes, wait_for


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
