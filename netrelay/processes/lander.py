"""lander: puts complete files into a store, before their receipts are owed; beside the eight.

Reads:   work_lander, inbox/.staging/, the keys of the store
Writes:  the store ([land] of netrelay.toml), landed, returned_landings, delivery_troubles
Reports: all to exporter (it owes the receipts)
Sleeps:  on its bell, until something is uploaded, until the next try of a file or of the store
"""

import time
from functools import partial

from netrelay.core.store_object import name_values, object_key, percent_encoded
from netrelay.core.words import LANDER, DeliveryTrouble, FileKind
from netrelay.landing.credentials import credentials_place, read_credentials
from netrelay.landing.object_body import FileBody, ObjectBody, TarBody
from netrelay.landing.object_upload import StoreObject, abort_uploads, put_object
from netrelay.landing.s3_store import S3Store, trusting
from netrelay.landing.store_error import BodyChangedError, StoreError
from netrelay.landing.upload_pool import UploadPool
from netrelay.runtime import clock
from netrelay.runtime.config import ConfigError
from netrelay.runtime.log import LANDING_FAILED, UPLOADS_ABORTED, UPLOADS_NOT_ABORTED
from netrelay.runtime.loop import Process
from netrelay.runtime.node import Node
from netrelay.store.delivery_troubles import stored_trouble
from netrelay.store.landings import (
    OwedLanding,
    next_landings,
    note_landed,
    report_landing_trouble,
    return_landing,
)
from netrelay.store.timers import next_due_s

# As RFC 3339 writes it, in UTC.
_TIME = "%Y-%m-%dT%H:%M:%SZ"
# A name that no row has: ids begin with 1.
_SWEEP = 0
# While the store is away it is tried by one file at a time, so often.
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
# Between two looks at the deadlines of requests that are under way.
_LOOK_S = 10.0
_CHANGED = "its staged bytes are not those that came, or cannot be read"


class Lander(Process):
    """Uploads several files at once, each in a thread; a step stores what has ended."""

    name = LANDER

    def __init__(self, node: Node) -> None:
        land = node.config.land
        if not land.is_wanted:
            raise ConfigError(f"{node.home.config}: land.endpoint is '', so nothing lands")
        self._node = node
        self._land = land
        self._database = node.database
        self._own = str(node.database.value("SELECT node FROM selfinfo"))
        credentials = read_credentials(credentials_place(node.home, land))
        trust = trusting(land)
        self._pool = UploadPool(land.at_once, partial(S3Store, land, credentials, trust))
        node.poller.watch(self._pool.fileno())
        self._wanted: dict[int, OwedLanding] = {}
        # The store has them, and the database cannot store it yet: the disk is full.
        self._landed: list[OwedLanding] = []
        self._is_swept = False
        self._aborted = 0
        self._is_ending = False
        self._failures = 0
        self._paused_until_s = 0.0

    def step(self) -> float | None:
        """Store what was uploaded, or why it was not; begin the next uploads."""
        self._note(self._pool.take_ended())
        late_s = self._pool.cut_late()
        pause_s = self._begin()
        due_s = next_due_s(self._database)
        # Requests begin in threads: the deadline of one is not known before the next look.
        hand_s = min(late_s or 1.0, _LOOK_S) if self._pool.in_hand else None
        return min((each for each in (pause_s, due_s, hand_s) if each is not None), default=None)

    def _begin(self) -> float | None:
        """Begin what may be begun; return the seconds after which the store is tried again."""
        if self._is_ending:
            return None
        pause_s = self._paused_until_s - time.monotonic()
        if pause_s > 0:
            return pause_s
        if not self._is_swept:
            if not self._pool.in_hand:
                self._pool.begin(_SWEEP, self._sweep)
            return None
        # One at a time until the store has taken one.
        free = self._pool.free if self._failures == 0 else int(not self._pool.in_hand)
        if free > 0:
            for owed in next_landings(self._database, self._pool.in_hand, free):
                self._wanted[owed.file] = owed
                self._pool.begin(owed.file, partial(self._land_one, owed))
        return None

    def _sweep(self, store: S3Store) -> None:
        self._aborted = abort_uploads(store, self._land.prefix, self._own)

    def _land_one(self, owed: OwedLanding, store: S3Store) -> None:
        """Upload one file; runs in a thread, without the database."""
        body = self._body(owed)
        try:
            put_object(
                store,
                self._object(owed, body.size_bytes),
                body,
                is_conditional=self._land.conditional_put,
            )
        finally:
            body.close()

    def _body(self, owed: OwedLanding) -> ObjectBody:
        path = self._node.home.staging / owed.staged_name
        if owed.kind is FileKind.DIRECTORY:
            return TarBody(path)
        return FileBody(path, owed.content_hash)

    def _object(self, owed: OwedLanding, size_bytes: int) -> StoreObject:
        is_folder = owed.kind is FileKind.DIRECTORY
        metadata = {
            **name_values(owed.name),
            "kind": owed.kind.name.lower(),
            "source": owed.source,
            "source-name": percent_encoded(owed.source_name),
            "destination": owed.destination,
            "mtime-ns": str(owed.mtime_ns),
            "received": time.strftime(_TIME, time.gmtime(owed.received_unix_s)),
            "blake3": owed.content_hash.hex(),
            "size": str(size_bytes),
            "hops": str(owed.hops),
            "job": str(owed.message),
        }
        return StoreObject(
            self._key(owed),
            metadata,
            "application/x-tar" if is_folder else "application/octet-stream",
        )

    def _key(self, owed: OwedLanding) -> str:
        identity = owed.source, owed.destination, owed.epoch, owed.sequence
        return object_key(self._land.prefix, *identity)

    def _note(self, ended: list[tuple[int, Exception | None]]) -> None:
        """Store what came of work that has ended, the files that have landed in one transaction."""
        good = [name for name, error in ended if error is None and name != _SWEEP]
        self._landed += [self._wanted.pop(name) for name in good]
        if self._landed:
            places = [(owed.file, self._land.bucket, self._key(owed)) for owed in self._landed]
            with self._database.transaction():
                note_landed(self._database, places, clock.unix_s())
            self._landed.clear()
            self._failures = 0
        # These outcomes may be lost: the uploads are tried again.
        for name, error in ended:
            if name == _SWEEP:
                self._note_sweep(error)
            elif error is not None:
                self._note_failed(self._wanted.pop(name), error)

    def _note_sweep(self, error: Exception | None) -> None:
        match error:
            case None:
                self._is_swept = True
                if self._aborted:
                    self._node.log.write(UPLOADS_ABORTED, number=self._aborted)
            case StoreError(trouble=DeliveryTrouble.STORE_AWAY | DeliveryTrouble.STORE_BUSY):
                self._pause()
                # `why` and `check` show the trouble with a file that waits.
                for owed in next_landings(self._database, (), 1):
                    self._report(owed, error.trouble, error.reason)
            case StoreError():
                # Keys that may only put are enough for everything else.
                self._is_swept = True
                self._node.log.write(UPLOADS_NOT_ABORTED, error=error)
            case _:
                raise error

    def _note_failed(self, owed: OwedLanding, error: Exception) -> None:
        match error:
            case FileNotFoundError():
                with self._database.transaction():
                    return_landing(self._database, owed.file)
            case BodyChangedError():
                self._report(owed, DeliveryTrouble.DISK_ERROR, _CHANGED)
            case StoreError():
                if error.concerns_all:
                    self._pause()
                self._report(owed, error.trouble, error.reason)
            case OSError():
                self._report(owed, DeliveryTrouble.DISK_ERROR, error.strerror or str(error))
            case _:
                raise error

    def _report(self, owed: OwedLanding, trouble: DeliveryTrouble, reason: str) -> None:
        if (trouble, reason) != stored_trouble(self._database, owed.file):
            self._node.log.write(LANDING_FAILED, message=owed.message, name=owed.name, error=reason)
        with self._database.transaction():
            report_landing_trouble(self._database, owed.file, trouble, reason)

    def _pause(self) -> None:
        # Several that failed at once count as one failure.
        if time.monotonic() >= self._paused_until_s:
            self._failures += 1
            pause_s = min(_FIRST_PAUSE_S * 2 ** min(self._failures - 1, 10), _LONGEST_PAUSE_S)
            self._paused_until_s = time.monotonic() + pause_s

    def wind_down(self) -> None:
        """Begin no more uploads."""
        self._is_ending = True

    @property
    def is_wound_down(self) -> bool:
        """True when no upload is under way."""
        return not self._pool.in_hand

    def close(self) -> None:
        """Cut the uploads that are left: they are made again, and their parts aborted."""
        self._pool.close()


PROCESS = Lander
