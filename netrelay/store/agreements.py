"""The agreements in force, as rows."""

from netrelay.store.database import Database


def agreements(database: Database) -> dict[str, tuple[int, int]]:
    """Return number and message size (bytes) of every agreement in force, by peer."""
    agreed = {}
    for node, number, size_bytes in database.rows("SELECT * FROM work_processor_r"):
        assert isinstance(number, int)
        assert isinstance(size_bytes, int)
        agreed[str(node)] = (number, size_bytes)
    return agreed
