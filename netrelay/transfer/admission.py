"""Admission of the messages of a batch by rights, routes and quotas, with the text of a refusal."""

from collections import Counter
from collections.abc import Callable

from netrelay.core.header import EndToEnd
from netrelay.core.sizes import size_text
from netrelay.core.words import MessageType, Refusal, WireError
from netrelay.store.admissions import (
    AdmissionQuestion,
    Missing,
    count_signed,
    counted_bytes,
    kept_bytes,
    missing_for,
    whole_bytes,
)
from netrelay.store.arrivals import MessageIdentity
from netrelay.store.database import Database
from netrelay.store.peers import Peer
from netrelay.transfer.judgement import NEVER_FITS, NotAdmittedError
from netrelay.transfer.missing_text import described

# A source without a quota may keep this part of the disk: one peer cannot fill it alone.
_SHARE_WITHOUT_QUOTA = 4
# Of one source, waiting here: 17 MiB of manifests (core/manifest.py), 16 MiB of receipts.
SIGNED_MAX = {MessageType.MANIFEST: 4096, MessageType.RECEIPT: 256}


class Admission:
    """Checks each message of a batch; what a batch was promised counts until `end_batch`."""

    def __init__(self, database: Database, disk_bytes: Callable[[], tuple[int, int]]) -> None:
        """Judge by a database; disk_bytes: size and used bytes of the disk of staging and spool."""
        self._database = database
        self._disk_bytes = disk_bytes
        self.peers: dict[str, Peer] = {}
        self._missing: dict[AdmissionQuestion, Missing | None] = {}
        # Wholes that were judged and have no row yet; the second word is who brought them.
        self._promised: dict[tuple[MessageIdentity, str], int] = {}
        # Keys: the source, and the peer that brought it.
        self._promised_bytes: Counter[tuple[str, str]] = Counter()
        self._kept_bytes: dict[tuple[str, str], int] = {}
        self._signed: dict[tuple[str, MessageType, str], int] = {}
        self._signed_now: set[tuple[MessageType, MessageIdentity]] = set()

    def begin_batch(self) -> None:
        """Discard cached answers: those of one batch are from one snapshot of the database."""
        self._missing.clear()
        self._kept_bytes.clear()
        self._signed.clear()
        self._signed_now.clear()

    def end_batch(self) -> None:
        """Discard the promises of a batch: its messages have their rows, or were refused."""
        self._promised.clear()
        self._promised_bytes.clear()

    def check(self, header: EndToEnd, previous_hop: str) -> None:
        """Raise WireError unless rights and routes admit a message."""
        is_receipt = header.type is MessageType.RECEIPT
        question = AdmissionQuestion(previous_hop, header.source, header.destination, is_receipt)
        if question not in self._missing:
            (self._missing[question],) = missing_for(self._database, [question])
        missing = self._missing[question]
        if missing is not None:
            reason = described(missing, self._name_of)
            about = missing.subject or missing.peer or ""
            raise NotAdmittedError(missing.refusal, reason, missing.missing, about)
        if header.source not in self.peers:
            # Enrolled since the caller last read the peers: the next batch has it.
            raise WireError(Refusal.HELD, "its source was enrolled a moment ago")

    def reserve(
        self,
        identity: MessageIdentity,
        size_bytes: int,
        brought_by: str,
        *,
        is_packed: bool = False,
    ) -> int:
        """Count one attempt of a whole to its source's quota; WireError when it exceeds it.

        The quota holds for each peer that brings what cannot be opened here. is_packed: its size is
        what it unpacks to later. Return the bytes that are counted now and were not before, for
        `release`.
        """
        source = self.peers[identity.source]
        size_bytes = counted_bytes(size_bytes)
        account = source.node, brought_by
        more_bytes = size_bytes - self._promised.get((identity, brought_by), 0)
        if more_bytes <= 0:
            return 0
        disk_bytes, disk_used_bytes = self._disk_bytes()
        quota_bytes = source.quota_bytes
        if quota_bytes is None:
            quota_bytes = disk_bytes // _SHARE_WITHOUT_QUOTA
        if size_bytes > quota_bytes:
            raise NotAdmittedError(
                Refusal.QUOTA,
                f"it can never fit: {size_text(size_bytes)} against the {size_text(quota_bytes)}"
                f" that {source.name} may keep here",
                NEVER_FITS,
                source.node,
            )
        # No source stores more than is used on the disk: most messages need no query. What has to
        # be unpacked is not on the disk yet, so for that one query is made for the batch.
        used_bytes = self._kept(account) if is_packed else disk_used_bytes
        used_bytes += self._promised_bytes[account]
        if used_bytes + more_bytes > quota_bytes:
            used_bytes = self._used_bytes(identity, brought_by)
        if used_bytes + more_bytes > quota_bytes:
            raise NotAdmittedError(
                Refusal.QUOTA,
                f"{source.name} may keep {quota_bytes} bytes here{self._way(account)},"
                f" has {used_bytes} and sends {size_bytes}",
                "bytes",
                source.node,
            )
        self._promised[identity, brought_by] = size_bytes
        self._promised_bytes[account] += more_bytes
        return more_bytes

    def _used_bytes(self, identity: MessageIdentity, brought_by: str) -> int:
        """Return what the source of a whole stores here, and was promised, without this attempt."""
        account = identity.source, brought_by
        kept = self._kept(account) - whole_bytes(self._database, identity, brought_by)
        return max(kept, 0) + self._promised_bytes[account]

    def _kept(self, account: tuple[str, str]) -> int:
        if account not in self._kept_bytes:
            self._kept_bytes[account] = kept_bytes(self._database, *account)
        return self._kept_bytes[account]

    def _way(self, account: tuple[str, str]) -> str:
        source, brought_by = account
        return "" if brought_by == source else f" over {self._name_of(brought_by)}"

    def reserve_signed(
        self, type_: MessageType, identity: MessageIdentity, brought_by: str
    ) -> None:
        """Count a manifest or receipt that is not here yet; WireError when too many wait here.

        Those of one source count for each peer that brings them. Several of one identity in a batch
        are one.
        """
        if (type_, identity) in self._signed_now:
            return
        key = identity.source, type_, brought_by
        if key not in self._signed:
            self._signed[key] = count_signed(self._database, *key)
        most = SIGNED_MAX[type_]
        if self._signed[key] >= most:
            name = self._name_of(identity.source)
            raise NotAdmittedError(
                Refusal.QUOTA,
                f"{most} {type_.name.lower()}s of {name}{self._way((identity.source, brought_by))}"
                " wait here already, the most there may be",
                "signed",
                identity.source,
            )
        self._signed[key] += 1
        self._signed_now.add((type_, identity))

    def release(self, identity: MessageIdentity, reserved_bytes: int, brought_by: str) -> None:
        """Subtract what `reserve` counted for a whole that was not stored after all."""
        promised = identity, brought_by
        self._promised[promised] = self._promised.get(promised, 0) - reserved_bytes
        self._promised_bytes[identity.source, brought_by] -= reserved_bytes

    def _name_of(self, node: str) -> str:
        peer = self.peers.get(node)
        return node if peer is None else peer.name
