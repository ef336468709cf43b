"""`netrelay peer rm`: forgets a peer."""

from collections.abc import Sequence
from contextlib import suppress

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, find_friend, writing
from netrelay.cli.text import counted, size
from netrelay.runtime.home import Home
from netrelay.store.database import Database

_FOR_IT = (
    "parent = 0 AND type IN (1, 3, 6, 7) AND state <> 'F' AND type IN (1, 6) AND state <> 'D'"
    " AND destination = ?"
)


def parser() -> CommandParser:
    """Give the options."""
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
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Remove its row; the engine judges what waits for it anew."""
    options = parser().read(arguments)
    with writing(home) as database:
        peer = find_friend(database, home, options.name)
        jobs, waiting_bytes = _waiting(database, peer.node)
        if jobs and not options.keep_jobs:
            raise CommandError(
                Exit.DATA,
                f"{counted(jobs, 'job')} ({size(waiting_bytes)}) for {peer.name} are not finished:"
                f" `{command(home, f'cancel --all --to {peer.name}')}` takes them back,"
                " --keep-jobs keeps them here",
            )
        coming = database.value(
            "SELECT count(*) FROM messages WHERE state = 'N-4' AND type IN (1, 3) AND source = ?",
            (peer.node,),
        )
        by_it = database.rows(
            "SELECT name FROM peers WHERE via = ?1 AND node <> ?1 ORDER BY name", (peer.node,)
        )
        database.execute("DELETE FROM peers WHERE node = ?", (peer.node,))
    print(f"{peer.name} is no peer any more; its connections end now")
    if jobs:
        print(f"{counted(jobs, 'job')} for it stay here, and go if it is enrolled again")
    if coming:
        print(f"{counted(int(str(coming)), 'file')} of it will not come to an end")
    for (name,) in by_it:
        route = command(home, f"peer route {name!s} --direct")
        print(f"what is for {name!s} went by it and has no route now: `{route}` (or --via NODE)")
    _remove_drop_folder(home, peer.name)
    return Exit.OK


def _waiting(database: Database, node: str) -> tuple[int, int]:
    row = database.row(
        f"SELECT count(*), coalesce(sum(total_bytes), 0) FROM messages WHERE {_FOR_IT}",  # noqa: S608
        (node,),
    )
    assert row is not None
    return int(str(row[0])), int(str(row[1]))


def _remove_drop_folder(home: Home, name: str) -> None:
    """Remove what nobody looks into any more, unless something lies there."""
    folder = home.drop / name
    with suppress(FileNotFoundError):
        try:
            folder.rmdir()
        except OSError:
            print(f"{folder} is not empty and stays; nothing in it is sent")
