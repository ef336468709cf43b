"""`netrelay up` with stub children: python stub_up.py HOME [PACE...]."""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path

from netrelay.cli.commands import up
from netrelay.cli.main import main
from netrelay.runtime.home import Home
from netrelay.supervise import supervisor

STUB = Path(__file__).with_name("stub_child.py")


def stub(process: str, _home: Home) -> Callable[[], int]:
    """Return what a stub does in place of a process."""

    def work() -> int:
        sys.argv = [str(STUB), process]
        runpy.run_path(str(STUB), run_name="__main__")
        return 0

    return work


if __name__ == "__main__":
    real = up.main
    up.main = lambda arguments, home: real(arguments, home, stub)  # type: ignore[assignment, misc]
    if len(sys.argv) > 2:
        pace = supervisor.Pace(*map(float, sys.argv[2:]))
        supervisor.Supervisor.__init__.__defaults__ = ((), pace)
    sys.exit(main(["up", "--home", sys.argv[1]]))
