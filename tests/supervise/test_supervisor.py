"""Children that cannot be started."""

from pathlib import Path

from netrelay.core.exit_status import Exit
from netrelay.supervise.supervisor import Supervisor


def test_a_program_that_may_not_be_executed_is_not_tried_again(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.touch(mode=0o644)
    said: list[str] = []
    supervisor = Supervisor(
        {"sender": [str(program)]}, tmp_path / "notify", said.append, lambda: None
    )
    assert supervisor.run() == Exit.NOT_PERMITTED
    assert said == [
        f"sender cannot be started: this user may not execute {program} (Permission denied);"
        " stopping, since trying again would not help"
    ]
