"""Vectors of what a relay signs of a message that it carried, and of custody files."""

import json
from base64 import b64encode
from struct import pack
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import DESTINATION, EPOCH, SOURCE, SOURCE_KEY, id_text, raw_id, spki

RELAY_KEY = Ed25519PrivateKey.from_private_bytes(bytes([0x33] * 32))
RELAY = raw_id(RELAY_KEY)
WORD_DOMAIN = b"netrelay custody v1\0"
FILE_DOMAIN = b"netrelay custody file v1\0"
TOOK_S, GAVE_S = 1_796_000_000, 1_796_000_009
TOTAL = 196_708
NOBODY = bytes(20)


def _word(next_hop: bytes, gave_s: int, total: int = TOTAL, sequence: int = 42) -> bytes:
    """Return a word with its signature, about the message 42 of the source."""
    word = pack(">Q20sI20sI", total, SOURCE, TOOK_S, next_hop, gave_s)
    subject = SOURCE + DESTINATION + EPOCH + pack(">QI", sequence, 1)
    return word + RELAY_KEY.sign(WORD_DOMAIN + subject + word)


GIVEN = _word(DESTINATION, GAVE_S)


def custody_words() -> list[Vector]:
    """Return the vectors of the reason that says a word."""
    given: dict[str, Any] = {
        "signer": spki(RELAY_KEY).hex(),
        "source": id_text(SOURCE),
        "destination": id_text(DESTINATION),
        "epoch": EPOCH.hex(),
        "sequence": 42,
        "attempt": 1,
    }
    value = {"total_bytes": TOTAL, "previous_hop": id_text(SOURCE), "took_unix_s": TOOK_S}
    given_on = {"next_hop": id_text(DESTINATION), "gave_unix_s": GAVE_S}
    held = {"next_hop": None, "gave_unix_s": 0}
    flipped = GIVEN[:-1] + bytes([GIVEN[-1] ^ 1])
    faults = (
        ("signature", "a bit of the signature", flipped),
        ("subject", "signed of another message", _word(DESTINATION, GAVE_S, sequence=43)),
        ("time", "a time at which nobody acknowledged it", _word(NOBODY, GAVE_S)),
        ("nothing", "a whole of no bytes", _word(DESTINATION, GAVE_S, total=0)),
        ("huge", "a whole of 2^63 bytes", _word(DESTINATION, GAVE_S, total=1 << 63)),
        ("short", "a byte too few", GIVEN[:-1]),
    )
    good = (
        ("given", "taken and given on", GIVEN, given_on),
        ("held", "taken, and not given on", _word(NOBODY, 0), held),
    )
    return [
        *(
            valid("custody-word", slug, about, b64encode(word), value | more, **given)
            for slug, about, word, more in good
        ),
        *(
            invalid("custody-word", slug, about, b64encode(word), **given)
            for slug, about, word in faults
        ),
    ]


def _party(node: bytes, name: str) -> dict[str, Any]:
    return {"node": id_text(node), "name": name, "certificate": None}


def _text(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, indent=2).encode() + b"\n"


def _signed(fields: dict[str, Any]) -> dict[str, Any]:
    data = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    return {**fields, "signature": b64encode(SOURCE_KEY.sign(FILE_DOMAIN + data)).decode()}


def custody_files() -> list[Vector]:
    """Return the vectors of custody files."""
    word = {"relay": _party(RELAY, "buoy"), "word": b64encode(GIVEN).decode()}
    fields = {
        "format": "netrelay custody 1",
        "source": _party(SOURCE, "shelf"),
        "destination": _party(DESTINATION, "boat"),
        "message": {"epoch": EPOCH.hex(), "sequence": 42, "attempt": 1},
        "content": {"kind": "file", "name": "größe.jpg", "size_bytes": 5},
        "given_to": id_text(RELAY),
        "words": [word],
    }
    keys: dict[str, Any] = {
        "keys": {id_text(raw_id(key)): spki(key).hex() for key in (SOURCE_KEY, RELAY_KEY)},
    }
    value = {
        "epoch": EPOCH.hex(),
        "sequence": 42,
        "attempt": 1,
        "kind": "file",
        "name": "größe.jpg",
        "size_bytes": 5,
        "given_to": id_text(RELAY),
        "words": {id_text(RELAY): GIVEN.hex()},
    }
    good = _signed(fields)
    other = {**word, "word": b64encode(_word(DESTINATION, GAVE_S, sequence=43)).decode()}
    faults = (
        ("given-to", "another next hop than its source has signed", {**good, "given_to": None}),
        ("word", "a word about another message", _signed({**fields, "words": [other]})),
        ("twice", "two words of one relay", _signed({**fields, "words": [word, word]})),
        ("many", "17 words", _signed({**fields, "words": [word] * 17})),
        ("attempt", "attempt 0", _signed(fields | {"message": fields["message"] | {"attempt": 0}})),  # type: ignore[operator]
        ("field", "a field too many", _signed({**fields, "more": 1})),
        ("format", "another format", _signed({**fields, "format": "netrelay custody 2"})),
        ("short", "without its signature", fields),
    )
    return [
        valid("custody-file", "one", "one relay has signed", _text(good), value, **keys),
        *(invalid("custody-file", slug, about, _text(f), **keys) for slug, about, f in faults),
    ]
