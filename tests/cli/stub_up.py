"""`netrelay up` with stub children: python stub_up.py HOME [PACE...]."""

import sys
from pathlib import Path

from netrelay.cli.commands import up
from netrelay.cli.main import main
from netrelay.runtime.home import Home
from netrelay.supervise import supervisor

STUB = Path(__file__).with_name("stub_child.py")


def stub(process: str, _home: Home) -> list[str]:
    """Return the command that starts a stub in place of a process."""
    return [sys.executable, "-I", str(STUB), process]


if __name__ == "__main__":
    real = up.main
    up.main = lambda arguments, home: real(arguments, home, stub)  # type: ignore[assignment, misc]
    if len(sys.argv) > 2:
        pace = supervisor.Pace(*map(float, sys.argv[2:]))
        supervisor.Supervisor.__init__.__defaults__ = ((), pace)
    sys.exit(main(["up", "--home", sys.argv[1]]))
