"""BLAKE3 of incoming files while their pieces come in order, so that nobody reads them again."""

from collections import OrderedDict

from blake3 import blake3

from netrelay.store.arrivals import MessageIdentity

# A peer has few files under way at once; a hash takes 2 KiB.
_MOST_RUNNING = 64


class RunningHashes:
    """Hashes each piece as it is written to the staging folder.

    Call `add` for all that is written there: what is not the piece after the one before (it is
    repeated, came too early, or an earlier process wrote those before) ends the hash of its file,
    and exporter reads that file when it is complete.
    """

    def __init__(self) -> None:
        self._running: OrderedDict[MessageIdentity, _Running] = OrderedDict()
        self._found: dict[MessageIdentity, bytes] = {}

    @property
    def found(self) -> dict[MessageIdentity, bytes]:
        """The hashes of files whose last piece was added since the last `end_batch`."""
        return self._found

    def add(
        self, identity: MessageIdentity, offset: int, total_bytes: int, data: memoryview
    ) -> None:
        """Hash a piece that was written."""
        self._found.pop(identity, None)
        running = self._running.pop(identity, None)
        if offset == 0:
            running = _Running()
        elif running is None or running.end_bytes != offset:
            return
        running.add(data)
        if running.end_bytes == total_bytes:
            self._found[identity] = running.digest()
            return
        self._running[identity] = running
        if len(self._running) > _MOST_RUNNING:
            self._running.popitem(last=False)

    def end_batch(self) -> None:
        """Forget what was found: it is stored, or its batch was refused."""
        self._found.clear()


class _Running:
    def __init__(self) -> None:
        self.end_bytes = 0
        self._hash = blake3()

    def add(self, data: memoryview) -> None:
        self._hash.update(data)
        self.end_bytes += len(data)

    def digest(self) -> bytes:
        return self._hash.digest()
