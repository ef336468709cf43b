"""A child for the supervisor's tests, which does what STUB_<NAME> names.

    normal      READY=1, then waits for SIGTERM or the end of its parent
    slow        does not report that it is ready until SIGUSR1
    stubborn    READY=1, ignores SIGTERM
    lingering   READY=1, outlives its parent until SIGUSR1
    crash       ends with exit code 1 as often as there are files to take in STUB_CRASHES
    hopeless    reports STATUS= and ends with the exit code in STUB_CODE

Every line it prints is a fact for the test: `NAME started PID`, `NAME got SIGINT`, `NAME ended`.
"""

import os
import signal
import socket
import sys
from pathlib import Path

NAME = sys.argv[1]
LINGERS = os.environ.get(f"STUB_{NAME.upper()}") == "lingering"
BEHAVIOUR = os.environ.get(f"STUB_{NAME.upper()}", "normal")


def say(text: str) -> None:
    os.write(1, f"{NAME} {text}\n".encode())


def notify(text: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        connection.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])


def stop(number: int, _frame: object) -> None:
    say(f"got {signal.Signals(number).name}")
    if number == signal.SIGTERM and BEHAVIOUR != "stubborn":
        say("ended")
        os._exit(0)


for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, stop)
signal.signal(signal.SIGUSR1, lambda *_: os._exit(0) if LINGERS else notify("READY=1"))
say(f"started {os.getpid()}")
if BEHAVIOUR == "crash":
    left = list(Path(os.environ["STUB_CRASHES"]).iterdir())
    if left:
        left[0].unlink()
        sys.exit(1)
if BEHAVIOUR == "hopeless":
    notify("STATUS=port 7411 is taken\x1b[2J")
    sys.exit(int(os.environ["STUB_CODE"]))
if BEHAVIOUR != "slow":
    notify("STATUS=fine\nREADY=1")
parent = int(os.environ["NETRELAY_PARENT_FD"])
# A signal interrupts nothing here: Python reads on after its handler has run (PEP 475).
os.read(parent, 1)
say("sees the end of its parent")
while LINGERS:
    signal.pause()
