"""Connects again and again, and counts how often nobody was there.

python -m tests.booted.knocking ADDRESS PORT...

Goes round the ports until its input ends, or after three minutes; prints what it saw as JSON.
"""

import json
import os
import select
import socket
import sys
import time

_CONNECT_S = 30.0
_PAUSE_S = 0.005
_LONGEST_S = 180.0


def knock(address: str, port: int) -> str:
    """Connect once and hang up; gives "connected", or the error's name."""
    try:
        with socket.create_connection((address, port), _CONNECT_S):
            return "connected"
    except OSError as error:
        return type(error).__name__


def main(arguments: list[str]) -> int:
    """Knock until the input ends."""
    address, *ports = arguments
    seen = {port: dict[str, int]() for port in ports}
    end_s = time.monotonic() + _LONGEST_S
    print("knocking", flush=True)
    while time.monotonic() < end_s:
        for port in ports:
            result = knock(address, int(port))
            seen[port][result] = seen[port].get(result, 0) + 1
        # A pause, so that the knocking is no attack; and the end of the input ends it.
        if select.select([sys.stdin], [], [], _PAUSE_S)[0] and not os.read(0, 1):
            break
    print(json.dumps(seen))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
