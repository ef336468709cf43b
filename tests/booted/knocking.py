"""Connects repeatedly to ports, and counts the results.

python -m tests.booted.knocking ADDRESS PORT...

Tries the ports in turn until its input ends, at most three minutes; prints the counts as JSON.
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
    """Connect once and close; return "connected", or the name of the error."""
    try:
        with socket.create_connection((address, port), _CONNECT_S):
            return "connected"
    except OSError as error:
        return type(error).__name__


def main(arguments: list[str]) -> int:
    """Connect repeatedly until the input ends; return the exit status."""
    address, *ports = arguments
    seen = {port: dict[str, int]() for port in ports}
    end_s = time.monotonic() + _LONGEST_S
    print("knocking", flush=True)
    while time.monotonic() < end_s:
        for port in ports:
            result = knock(address, int(port))
            seen[port][result] = seen[port].get(result, 0) + 1
        # Pause between rounds; end of input stops the loop.
        if select.select([sys.stdin], [], [], _PAUSE_S)[0] and not os.read(0, 1):
            break
    print(json.dumps(seen))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
