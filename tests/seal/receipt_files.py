"""A receipt file of two nodes, made by the nodes' own keys."""

from netrelay.core.content_word import ContentWord, encode_content_word
from netrelay.core.header import SUITE_NONE, EndToEnd, encode_end_to_end
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict, encode_receipt
from netrelay.core.signed_body import RECEIPT_DOMAIN, signed_data
from netrelay.core.words import MessageType
from netrelay.seal.identity import Identity
from netrelay.seal.proof_fields import Party
from netrelay.seal.receipt_file import ReceiptFile

EPOCH = bytes.fromhex("0011223344556677")
SEQUENCE = 42
CONTENT = ContentWord(bytes(range(32)), 1_800_000_000)


def entry(destination: Identity, content: ContentWord | None = CONTENT) -> ReceiptEntry:
    """Return the entry that says that the file is complete."""
    reason = "" if content is None else encode_content_word(content)
    verdict = ReceiptVerdict.COMPLETE
    return ReceiptEntry(destination.node_id, EPOCH, SEQUENCE, 1, verdict, (), reason)


def signed_by(signer: Identity, addressee: Identity, *entries: ReceiptEntry) -> bytes:
    """Return a receipt as a node keeps it."""
    header = encode_end_to_end(
        EndToEnd(
            SUITE_NONE,
            MessageType.RECEIPT,
            signer.node_id,
            addressee.node_id,
            epoch=bytes(range(1, 9)),
            sequence=7,
            attempt=1,
            total_size_bytes=0,
            lifetime_s=86_400,
            priority=1,
            key_id=b"",
        )
    )
    data = signed_data(header, encode_receipt(entries))
    return data + signer.sign(RECEIPT_DOMAIN, data)


def receipt_file(source: Identity, destination: Identity, signed: bytes) -> ReceiptFile:
    """Return a file with both certificates."""
    return ReceiptFile(
        Party(source.node_id, "shelf", source.certificate_der),
        Party(destination.node_id, "boat", destination.certificate_der),
        *(EPOCH, SEQUENCE, "file", "größe\x1b.jpg", 123, 1_799_999_000, None, signed),
    )
