"""The consequences of refusals, read from the table `refusals`."""

from netrelay.store.database import Database


def wait_by_code(database: Database) -> dict[int, int]:
    """Return how many seconds a refusing node asks the other to wait, by the refusal's code."""
    waits_s = {}
    for code, wait_s in database.rows("SELECT code, wait_s FROM refusals"):
        assert isinstance(code, int)
        assert isinstance(wait_s, int)
        waits_s[code] = wait_s
    return waits_s
