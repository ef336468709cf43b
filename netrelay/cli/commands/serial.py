"""`netrelay serial`: the process of a serial line, as `netrelay up` and systemd start it."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading
from netrelay.cli.queries.serial_lines import PeerLine, serial_lines
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.serial.line_process import run_line, say_on_stderr


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "serial",
        "Carry what goes to and from a peer over a serial line, in the foreground, until SIGTERM or"
        "\nCtrl-C. `netrelay up` runs it for each line that it finds; systemd as"
        " netrelay-serial@NODE.\nA device that is not there is waited for.",
    )
    made.add_argument("name", metavar="NODE", help="the peer at the other end: name or node id")
    made.add_argument(
        "device", metavar="DEVICE", nargs="?", help="its device, where the peer has several lines"
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Run the line until it is stopped."""
    options = parser().read(arguments)
    with reading(home) as database:
        peer = find_peer(database, home, options.name).name
        lines = [line for line in serial_lines(database) if line.peer == peer]
    if options.device is not None:
        lines = [line for line in lines if line.device == options.device] or _no_line(
            home, peer, options.device, lines
        )
    elif not lines:
        _no_line(home, peer, None, [])
    if len(lines) > 1:
        devices = ", ".join(line.device for line in lines)
        raise CommandError(Exit.USAGE, f"{peer} has several serial lines; allowed: one of {devices}")
    try:
        home.make_runtime()
        return run_line(home.lines, lines[0].way, say_on_stderr(peer))
    except ValueError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error
    except BlockingIOError as error:
        raise CommandError(
            Exit.TRY_AGAIN, f"the line to {peer} by {lines[0].device} runs already"
        ) from error


def _no_line(home: Home, peer: str, device: str | None, lines: list[PeerLine]) -> list[PeerLine]:
    """Raise CommandError that says how a line is made."""
    typed = command(home, f"peer ways {peer} --serial {device or '/dev/ttyUSB0'} --baud 115200")
    known = f"; its lines: {', '.join(line.device for line in lines)}" if lines else ""
    by = f" by {device}" if device else ""
    raise CommandError(Exit.DATA, f"{peer} has no serial line{by}{known}: `{typed}` makes one")
