"""`python -m netrelay`: the same as the command `netrelay`."""

import sys

from netrelay.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
