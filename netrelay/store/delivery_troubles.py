"""Files that are complete and cannot be put into the inbox for now, as columns of `files`."""

from netrelay.store.database import Database


def stored_trouble(database: Database, file: int) -> tuple[str | None, str | None]:
    """Return trouble and reason of a file as last reported; (None, None) if no try has failed."""
    row = database.row("SELECT trouble, trouble_reason FROM files WHERE id = ?", (file,))
    trouble, reason = row or (None, None)
    assert trouble is None or isinstance(trouble, str)
    assert reason is None or isinstance(reason, str)
    return trouble, reason
