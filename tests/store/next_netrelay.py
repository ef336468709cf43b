"""`netrelay` with the schema of a later version; without the variable, with the present one.

    NETRELAY_STORY_NEXT_SCHEMA=FOLDER python -m tests.store.next_netrelay ARGUMENTS...

The processes that `netrelay up` starts inherit the variable, and are started as this module.
"""

import sys

from tests.store.next_schema import install_from_environment


def main() -> int:
    """Run one command."""
    from netrelay.cli.commands import up
    from netrelay.cli.main import main as netrelay
    from netrelay.runtime.home import Home

    install_from_environment()
    real = up.main

    def command(process: str, home: Home) -> list[str]:
        here = [sys.executable, "-m", "tests.store.next_netrelay"]
        return [*here, "run", process, "--home", str(home.path)]

    up.main = lambda arguments, home: real(arguments, home, command)  # type: ignore[assignment, misc]
    return netrelay()


if __name__ == "__main__":
    sys.exit(main())
