"""A node that tries better ways after a second, and not after a minute.

python -m tests.story.soon_back up --home DIR
"""

import sys
from pathlib import Path

from netrelay.cli.commands import up
from netrelay.link import better_ways
from netrelay.runtime.home import Home


def main() -> int:
    """Run a node, whose processes are copies of this one."""
    vars(better_ways)["BETTER_WAY_FIRST_S"] = 1.0
    return up.main([], Home(Path(sys.argv[sys.argv.index("--home") + 1])))


if __name__ == "__main__":
    sys.exit(main())
