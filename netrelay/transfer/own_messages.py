"""Messages that this node creates itself: keys for singles, receipts."""

import os

from netrelay.core.content_word import ContentWord, encode_content_word
from netrelay.core.custody_word import custody_reason
from netrelay.core.header import KEY_ID_BYTES
from netrelay.core.hello import UNPACKS, WANTS_CUSTODY
from netrelay.core.receipt import (
    ReceiptEntry,
    ReceiptVerdict,
    encode_receipt,
    features_entry,
    receipt_reason,
)
from netrelay.core.words import MessageType
from netrelay.store.database import Database
from netrelay.store.held_groups import held_groups
from netrelay.store.manifests import keep_single_key
from netrelay.store.outgoing import Ready, add_made, keep_body, low_water
from netrelay.store.peers import Peer
from netrelay.store.receipts import Owed, is_far, owed_nodes, owing_groups, take_owed
from netrelay.store.relay_custody import (
    DueCustody,
    custody_addressees,
    take_custody,
    unasked_nodes,
)
from netrelay.transfer.sealer import Sealer
from netrelay.transfer.single_keys import SingleKey, SingleKeys

# A key is sent before the singles that need it, a receipt before files.
_KEY_PRIORITY = 0
_RECEIPT_PRIORITY = 1
# A receipt with so many entries, each with so many ranges, fits the smallest message size
# (core/receipt.py).
_ENTRIES_A_RECEIPT = 256
_RANGES_AN_ENTRY = 8
_REASON_BYTES = 200
# The source repeats its message without a hint, too, so an old hint is useless.
_HINT_LIFETIME_S = 3600
# A receipt may be lost on its way, and a source that was set up anew knows nothing.
_TOLD_AGAIN_S = 3600.0
# Relays remember a wish for 26 hours (store/relay_custody.py).
_WISHED_AGAIN_S = 6 * 3600.0
# A source keeps a receipt of at most 4,096 bytes for each job that it ends (sql/arrivals.sql). An
# entry that ends none has 250 bytes at most: eight ranges, or a reason of 200 bytes.
_OTHERS_A_COMPLETE = 12


class OwnMessages:
    """Inserts their rows and bodies; call all but `owed_nodes` inside a transaction."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        keys: SingleKeys,
        *,
        wants_custody: bool = False,
    ) -> None:
        """Sign with this sealer; wants_custody: relays are asked for custody words."""
        self._database = database
        self._wants_custody = wants_custody
        self._node = database.value("SELECT node FROM selfinfo")
        self._sealer = sealer
        self._keys = keys
        # When each far source was told last what this node can do.
        self._told_s: dict[str, float] = {}

    def make_key(self, peer: Peer) -> SingleKey:
        """Return a new key for singles to a peer, and insert the manifest that carries it.

        Use the key only after the commit.
        """
        key = self._sealer.single_key(peer.node, os.urandom(KEY_ID_BYTES))
        keep_single_key(self._database, peer.node, key.key_id)
        made = add_made(self._database, MessageType.MANIFEST, peer.node, _KEY_PRIORITY)
        mark = low_water(self._database, made.source, made.destination, made.epoch)
        body = self._sealer.make_key(made, peer.sealing_key, key, mark)
        keep_body(self._database, made.id, body)
        return key

    def owed_nodes(self) -> list[str]:
        """Return the nodes that are to be told something in a receipt, and a route to them.

        What a group owes waits while its keys are away.
        """
        unsigned = [
            each for each in held_groups(self._database) if not self._sealer.can_sign_as(each)
        ]
        found = [*owed_nodes(self._database, unsigned), *custody_addressees(self._database)]
        if self._wants_custody:
            now_s = self._database.now_s()
            found += [each for each in unasked_nodes(self._database) if self._asks(each, now_s)]
        return list(dict.fromkeys(found))

    def make_receipt(self, addressee: str) -> Ready | None:
        """Sign one batch of what is due to a node; return None if there is nothing.

        Entries that end jobs have a receipt of their own where the others would make it too large
        to be kept at its source. What a group owes has one of the group.
        """
        for group in owing_groups(self._database, addressee):
            if self._sealer.can_sign_as(group):
                return self._make_group_receipt(group, addressee)
        owed = take_owed(self._database, addressee, _ENTRIES_A_RECEIPT, _RANGES_AN_ENTRY)
        words = take_custody(self._database, addressee, _ENTRIES_A_RECEIPT - len(owed))
        now_s = self._database.now_s()
        asks = self._wants_custody and self._asks(addressee, now_s)
        if not (owed or words or asks):
            return None
        is_hint = all(each.destination not in (self._node, addressee) for each in owed)
        lifetime_s = _HINT_LIFETIME_S if owed and is_hint and not words else None
        entries = self._entries(owed)
        ending = [each for each in entries if each.verdict is ReceiptVerdict.COMPLETE]
        others = [each for each in entries if each.verdict is not ReceiptVerdict.COMPLETE]
        others += [self._custody_entry(each) for each in words]
        if asks or self._is_to_be_told(addressee, now_s):
            asked = WANTS_CUSTODY if self._wants_custody else 0
            others.append(features_entry(str(self._node), UNPACKS | asked))
            self._told_s[addressee] = now_s
        if ending and len(others) > _OTHERS_A_COMPLETE * len(ending):
            made = self._make(addressee, ending, None)
            self._make(addressee, others, lifetime_s)
            return made
        return self._make(addressee, ending + others, lifetime_s)

    def _make_group_receipt(self, group: str, addressee: str) -> Ready | None:
        """Sign one batch of what a group owes a node, as the group.

        Its source hears no hello of a group, so receipts say what its members can do.
        """
        owed = take_owed(self._database, addressee, _ENTRIES_A_RECEIPT, _RANGES_AN_ENTRY, group)
        if not owed:
            return None
        entries = self._entries(owed)
        ending = [each for each in entries if each.verdict is ReceiptVerdict.COMPLETE]
        others = [each for each in entries if each.verdict is not ReceiptVerdict.COMPLETE]
        now_s, told = self._database.now_s(), f"{group} {addressee}"
        if now_s - self._told_s.get(told, -_TOLD_AGAIN_S) >= _TOLD_AGAIN_S:
            others.append(features_entry(group, UNPACKS))
            self._told_s[told] = now_s
        if ending and len(others) > _OTHERS_A_COMPLETE * len(ending):
            made = self._make(addressee, ending, None, group)
            self._make(addressee, others, None, group)
            return made
        return self._make(addressee, ending + others, None, group)

    def _entries(self, owed: list[Owed]) -> list[ReceiptEntry]:
        is_clock_set = self._database.is_clock_set()
        signed_unix_s = int(self._database.unix_s()) if is_clock_set else 0
        return [
            ReceiptEntry(
                each.destination,
                each.epoch,
                each.sequence,
                each.attempt,
                ReceiptVerdict(each.verdict),
                each.missing,
                _reason(each, signed_unix_s),
            )
            for each in owed
        ]

    def _make(
        self,
        addressee: str,
        entries: list[ReceiptEntry],
        lifetime_s: int | None,
        group: str | None = None,
    ) -> Ready:
        made = add_made(
            self._database, MessageType.RECEIPT, addressee, _RECEIPT_PRIORITY, lifetime_s, group
        )
        keep_body(self._database, made.id, self._sealer.sign_receipt(made, encode_receipt(entries)))
        return made

    def _custody_entry(self, due: DueCustody) -> ReceiptEntry:
        """Return the entry of what this node took of another one: an older source ignores it."""
        signed = self._sealer.sign_custody(due.subject, due.word)
        about = due.subject[1:]
        return ReceiptEntry(*about, ReceiptVerdict.COMPLETE, reason=custody_reason(signed))

    def _asks(self, node: str, now_s: float) -> bool:
        """Return whether relays on the way to a node are to be asked for custody words again."""
        if now_s - self._told_s.get(node, -_WISHED_AGAIN_S) < _WISHED_AGAIN_S:
            return False
        return is_far(self._database, node)

    def _is_to_be_told(self, addressee: str, now_s: float) -> bool:
        """Return whether a receipt says what this node can do: a neighbour's hello says it."""
        if now_s - self._told_s.get(addressee, -_TOLD_AGAIN_S) < _TOLD_AGAIN_S:
            return False
        return is_far(self._database, addressee)


def _reason(owed: Owed, signed_unix_s: int) -> str:
    if owed.content_hash is not None:
        return encode_content_word(ContentWord(owed.content_hash, signed_unix_s))
    return receipt_reason(owed.reason).encode()[:_REASON_BYTES].decode(errors="ignore")
