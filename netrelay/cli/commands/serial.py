"""`netrelay serial`: the process of a serial line, as `netrelay up` and systemd start it."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading
from netrelay.cli.queries.serial_lines import SerialWay, serial_lines
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.serial.line_process import run_line, say_on_stderr


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "serial",
        "Carry what goes to and from a peer over a serial line, in the foreground, until SIGTERM"
        "\nor Ctrl-C. `netrelay up` does it for each line that it finds, and systemd when a device"
        "\nis plugged in, where netrelay-serial@DEVICE is enabled. It waits for a device that is"
        "\nnot there.",
    )
    made.add_argument(
        "name", metavar="NODE|DEVICE", help="the peer at the other end, or the device in /dev"
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Run the line until it is stopped."""
    options = parser().read(arguments)
    line = _chosen(home, options.name)
    if not home.lines.is_dir():  # a unit of systemd sees no more of the runtime directory
        try:
            home.make_runtime()
        except ValueError as error:
            raise CommandError(Exit.CONFIG, str(error)) from error
    try:
        return run_line(home.lines, line.way, say_on_stderr(line.peer))
    except BlockingIOError as error:
        raise CommandError(
            Exit.TRY_AGAIN, f"the line to {line.peer} by {line.device} runs already"
        ) from error


def _chosen(home: Home, name: str) -> SerialWay:
    """Return the line of a peer, or at a device; CommandError says how one is made."""
    is_device = name.startswith("/")
    with reading(home) as database:
        lines = serial_lines(database)
        peer = "NODE" if is_device else find_peer(database, home, name).name
    found = [line for line in lines if (line.device if is_device else line.peer) in (name, peer)]
    if len(found) == 1:
        return found[0]
    if found:
        devices = ", ".join(line.device for line in found)
        raise CommandError(Exit.USAGE, f"{peer} has several lines; allowed: one of {devices}")
    device = name if is_device else "/dev/ttyUSB0"
    typed = command(home, f"peer ways {peer} --serial {device} --baud 115200")
    what = f"no peer has a serial line by {name}" if is_device else f"{peer} has no serial line"
    raise CommandError(Exit.DATA, f"{what}: `{typed}` makes one")
