"""`netrelay peer rm`: removes a peer."""

from collections.abc import Sequence
from contextlib import suppress

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, writing
from netrelay.cli.queries.cases import waiting_for
from netrelay.cli.queries.known_peers import files_coming_from, names_routed_via
from netrelay.cli.text import counted, size
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.store.old_folders import DROP, folder_name
from netrelay.store.peer_settings import remove_peer


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "peer rm",
        "Forget a peer: its connections end at once, and it is a stranger from then on. What it"
        "\nbrought stays in the inbox.",
    )
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    made.add_argument(
        "--keep-jobs",
        action="store_true",
        help="even if jobs wait for it: they stay, and go if it is enrolled again",
    )
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Remove the peer's row, and report what that leaves without a route."""
    options = parser().read(arguments)
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        jobs, waiting_bytes = waiting_for(database, peer.node)
        if jobs and not options.keep_jobs:
            raise CommandError(
                Exit.DATA,
                f"{counted(jobs, 'job')} ({size(waiting_bytes)}) for {peer.name}"
                f" {'is' if jobs == 1 else 'are'} not finished:"
                f" `{command(home, f'cancel --all --to {peer.name}')}` takes them back,"
                " --keep-jobs keeps them here",
            )
        coming = files_coming_from(database, peer.node)
        routed = names_routed_via(database, peer.node)
        folder = folder_name(database, DROP, peer.node)
        remove_peer(database, peer.node)
    confirm(options, f"{peer.name} is no peer any more; its connections end now")
    if jobs:
        confirm(options, f"{counted(jobs, 'job')} for it stay here, and go if it is enrolled again")
    if coming:
        print(f"{counted(coming, 'file')} of it will not come to an end")
    for name in routed:
        route = command(home, f"peer route {name} --direct")
        print(f"what is for {name} went by it and has no route now: `{route}` (or --via NODE)")
    _remove_drop_folder(home, folder or peer.name)
    return Exit.OK


def _remove_drop_folder(home: Home, name: str) -> None:
    """Remove the drop folder, unless there is something in it."""
    folder = home.drop / name
    with suppress(FileNotFoundError):
        try:
            folder.rmdir()
        except OSError:
            print(f"{folder} is not empty and stays; nothing in it is sent")
