"""`netrelay` with the schema of a later version; without the variable, with the present one.

    NETRELAY_STORY_NEXT_SCHEMA=FOLDER python -m tests.store.next_netrelay ARGUMENTS...

The processes that its `up` starts are copies of it, and have the same schema.
"""

import sys

from tests.store.next_schema import install_from_environment


def main() -> int:
    """Run one command."""
    from netrelay.cli.main import main as netrelay

    install_from_environment()
    return netrelay()


if __name__ == "__main__":
    sys.exit(main())
