"""The store in which files land, for `netrelay check`: keys, bucket, process, lag."""

import threading
from collections.abc import Iterator

from netrelay.cli.errors import nearest
from netrelay.cli.findings import Finding, fail, ok, warn
from netrelay.cli.opening import Reader, command, listens
from netrelay.cli.permission import as_root, is_another_users, owner_of
from netrelay.cli.queries.known_peers import peer_names
from netrelay.cli.queries.landing_lag import landing_lag
from netrelay.cli.text import counted, duration
from netrelay.cli.wording.delivery_advice import delivery_advice
from netrelay.core.host import is_loopback
from netrelay.core.words import LANDER, DeliveryTrouble
from netrelay.landing.credentials import Credentials, credentials_place, read_credentials
from netrelay.landing.store_error import StoreError
from netrelay.runtime.config import ConfigError, load
from netrelay.runtime.home import Home
from netrelay.runtime.land_config import Land
from netrelay.store.database import ReadOnlyDatabase

_SUBJECT = "land"
_MAY_NOT_LIST = "(403 AccessDenied)"
# A person waits for it.
_ANSWER_S = 10.0


def landing_findings(reader: Reader, home: Home) -> Iterator[Finding]:
    """Name what keeps files from landing; nothing where none do.

    The store is asked, and has ten seconds to answer: not within a snapshot of the database.
    """
    land = load(home.config).land
    if not land.is_wanted:
        return
    place = land.place
    if not place.is_tls and not is_loopback(place.host):
        text = f"{land.endpoint} is not encrypted: everybody on the way reads the files"
        yield warn(_SUBJECT, text, "https:// as endpoint in [land]")
    with reader.reading() as database:
        yield from _unknown_peers(database, home, land)
    yield from _store(home, land)
    yield from _process(home)
    with reader.reading() as database:
        lag = landing_lag(database)
    if lag.waiting:
        wait = "waits" if lag.waiting == 1 else "wait"
        reason = f": {lag.reason}" if lag.reason else ""
        text = (
            f"{counted(lag.waiting, 'file')} {wait} for the store,"
            f" the oldest for {duration(lag.oldest_s)}{reason}"
        )
        yield (warn if lag.reason else ok)(_SUBJECT, text)


def _unknown_peers(database: ReadOnlyDatabase, home: Home, land: Land) -> Iterator[Finding]:
    names = [peer.name for peer in peer_names(database)]
    for name in land.peers:
        if name not in names:
            hint = nearest(name, names)
            text = f"{name!r} in peers of [land] is no peer here{hint}: nothing of it lands"
            yield warn(_SUBJECT, text, f"`{command(home, 'peer ls')}` lists them")


def _store(home: Home, land: Land) -> Iterator[Finding]:
    if is_another_users(home):
        text = f"only {owner_of(home)} may read the keys of the store: it was not asked"
        yield warn(_SUBJECT, text, f"`{as_root(home, 'check')}`")
        return
    try:
        credentials = read_credentials(credentials_place(home, land))
        error = _answer_of(land, credentials)
    except ConfigError as mistake:
        yield fail(_SUBJECT, str(mistake))
        return
    where = f"bucket {land.bucket} at {land.endpoint}"
    if error is None:
        yield ok(_SUBJECT, f"{where} answers, and takes the key")
    elif error.reason.endswith(_MAY_NOT_LIST):
        # Keys that may only put cannot list, and are enough.
        yield warn(_SUBJECT, f"{where}: {error.reason}", delivery_advice(error.trouble, ""))
    else:
        yield fail(_SUBJECT, f"{where}: {error.reason}", delivery_advice(error.trouble, ""))


def _answer_of(land: Land, credentials: Credentials) -> StoreError | None:
    """Return what is wrong with the store, within _ANSWER_S; None if it takes the key."""
    # Most nodes have no store, and would import a client of HTTP for nothing.
    from netrelay.landing.object_upload import try_bucket
    from netrelay.landing.s3_store import S3Store, trusting

    store = S3Store(land, credentials, trusting(land))
    late = StoreError(DeliveryTrouble.STORE_AWAY, f"it does not answer within {_ANSWER_S:.0f} s")
    found: list[StoreError | None] = []

    def ask() -> None:
        try:
            try_bucket(store)
        except StoreError as error:
            found.append(error)
        else:
            found.append(None)

    asking = threading.Thread(target=ask, name="store", daemon=True)
    asking.start()
    asking.join(_ANSWER_S)
    answer = found[0] if found else late
    store.cut()
    return answer


def _process(home: Home) -> Iterator[Finding]:
    try:
        is_up = listens(home, LANDER)
    except PermissionError:
        return
    if not is_up:
        yield fail(
            _SUBJECT,
            f"nothing lands: `{command(home, 'land')}` does not run",
            f"`sudo systemctl start netrelay-land`, or `{command(home, 'up')}` anew",
        )
