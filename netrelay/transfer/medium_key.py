"""The key for singles that go by a medium: a manifest that waits anyway, else a new one."""

from netrelay.core.manifest import decode_manifest
from netrelay.core.signed_body import split_body
from netrelay.store.database import Database
from netrelay.store.media import waiting_key
from netrelay.store.peers import Peer
from netrelay.transfer.own_messages import OwnMessages
from netrelay.transfer.parcels import KeyParcel, Parcel
from netrelay.transfer.sealer import Sealer


def medium_key(database: Database, sealer: Sealer, own: OwnMessages, peer: Peer) -> KeyParcel:
    """Return a key for singles to a peer, with its manifest, which is a message of this node."""
    found = waiting_key(database, peer.node)
    if found is None:
        with database.transaction():
            own.make_key(peer)
            found = waiting_key(database, peer.node)
    assert found is not None, "it was inserted in this transaction"
    ready, body = found
    key_id = decode_manifest(split_body(body)[0]).key_id
    return KeyParcel(sealer.single_key(peer.node, key_id), Parcel(ready, ready.id, body))
