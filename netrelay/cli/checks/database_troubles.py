"""Troubles that keep the whole node from storing: noted damage, another program's lock."""

from typing import NamedTuple

from netrelay.cli.opening import damage_help
from netrelay.runtime.damage_note import noted_damage
from netrelay.runtime.home import Home
from netrelay.store.foreign_lock import foreign_holder


class DatabaseTroubles(NamedTuple):
    """The noted damage, and the program that has the database locked; None without."""

    damage: str | None
    locked_by: str | None


def database_troubles(home: Home) -> DatabaseTroubles:
    """Look for both, without a lock and without reading the database."""
    return DatabaseTroubles(
        noted_damage(home), foreign_holder(home.database, home.runtime / "database.lock")
    )


def trouble_words(troubles: DatabaseTroubles, home: Home) -> list[str]:
    """Return a sentence for each trouble, with what to do."""
    words = []
    if troubles.damage is not None:
        words.append(f"the database is damaged: {troubles.damage}; {damage_help(home)}")
    if troubles.locked_by is not None:
        words.append(
            f"the database is locked by {troubles.locked_by}, which is not netrelay: nothing is"
            " stored until it ends its transaction"
        )
    return words
