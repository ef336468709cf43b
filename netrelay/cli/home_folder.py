"""Check that a folder may become the home of a node."""

from pathlib import Path

from netrelay.cli.errors import CommandError, Exit
from netrelay.runtime.home import Home


def refuse_foreign_folder(home: Home, instead: str, *, beside: Path | None = None) -> None:
    """Raise CommandError where a node's folders would be mixed with other files.

    instead: the command that makes the node elsewhere. beside: a file that is allowed there.
    """
    for parent in home.path.absolute().parents:
        if Home(parent).database.exists():
            raise CommandError(
                Exit.CANNOT_CREATE,
                f"{home.path} is inside the home of another node, {parent}; a node needs a folder"
                f" of its own: `{instead}`",
            )
    if not home.path.exists() or home.config.exists():
        return
    if not home.path.is_dir():
        raise CommandError(Exit.CANNOT_CREATE, f"{home.path} is not a folder")
    if (home.path / "netrelay" / "__init__.py").exists():
        raise CommandError(
            Exit.CANNOT_CREATE,
            f"{home.path} is a checkout of netrelay itself; a node needs a folder of its own:"
            " move the checkout away and type `make setup` in it again, or choose another folder"
            f" with `{instead}`",
        )
    strange = sorted(
        entry.name
        for entry in home.path.iterdir()
        if not _is_a_nodes(home, entry.name) and not _is_same(entry, beside)
    )
    if strange:
        raise CommandError(
            Exit.CANNOT_CREATE,
            f"{home.path} holds {strange[0]!r}, which is not a node's;"
            " allowed: a new or an empty folder (--home DIR)",
        )


def _is_a_nodes(home: Home, name: str) -> bool:
    folders = (home.drop, home.inbox, home.spool, home.sent, home.failed, home.keys, home.groups)
    # mke2fs(8) creates lost+found in a new file system.
    if name.startswith(".") or name in {*(folder.name for folder in folders), "lost+found"}:
        return True
    # Files of the database (-wal, -shm), and what a restore moved aside.
    return name.startswith((home.database.name, f"{home.config.name}.", f"{home.keys.name}."))


def _is_same(entry: Path, other: Path | None) -> bool:
    return other is not None and other.exists() and entry.samefile(other)
