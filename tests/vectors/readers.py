"""Readers of the vectors with the code under test: one for each format, all of one shape.

A reader takes the bytes and the meaning of a vector (for what a decoder needs in addition) and
returns the value as spelled in the JSON, or raises what the code raises.
"""

from collections.abc import Callable, Mapping
from typing import Any

from blake3 import blake3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from netrelay.core import (
    call,
    compressed_stream,
    content_word,
    custody_word,
    directory_stream,
    file_names,
    frames,
    header,
    hello,
    manifest,
    medium_file,
    message_frames,
    message_names,
    node_id,
    packed_frames,
    receipt,
    resumption,
    segments,
    signed_body,
    single,
    tree_hash,
)
from netrelay.core.msgpack_array import malformed
from netrelay.core.plain_content import PlainContent
from netrelay.core.reverse_frames import (
    EXPECT_REVERSE_ANSWERS,
    EXPECT_REVERSE_FRAMES,
    REVERSE_END_FRAME,
)
from netrelay.core.words import Refusal, WireError
from netrelay.seal import custody_file, proof_fields, receipt_file
from netrelay.seal.public_key import node_id_of
from netrelay.seal.seal_errors import SealBroken
from netrelay.seal.sealing import SealingPrivateKey, open_sealed
from netrelay.seal.segment_seal import SegmentSeal
from netrelay.seal.signature import verify

Meaning = Mapping[str, Any]


def as_json(value: Any) -> Any:
    """Return a decoded value as spelled in the JSON: names, lists, bytes in hexadecimal."""
    if isinstance(value, bytes | memoryview):
        return value.hex()
    if hasattr(value, "_asdict"):
        return {name: as_json(field) for name, field in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value


def read_node_id(data: bytes, meaning: Meaning) -> Any:
    key = load_der_public_key(data)
    assert isinstance(key, Ed25519PublicKey)
    text = node_id_of(key)
    return {"raw": node_id.node_id_bytes(text).hex(), "text": text}


def read_hello(data: bytes, meaning: Meaning) -> Any:
    value = hello.decode_hello(data)
    # The one vector of a later version has bytes that version 1 does not encode.
    assert value.version_max > 1 or hello.encode_hello(value) == data
    return as_json(value)


def read_hello_answer(data: bytes, meaning: Meaning) -> Any:
    value = hello.decode_hello_answer(data)
    assert hello.encode_hello_answer(value) == data
    return {"code": value.name}


def read_first_bytes(data: bytes, meaning: Meaning) -> Any:
    return {"is": call.first_bytes(data).value}


def read_end_to_end(data: bytes, meaning: Meaning) -> Any:
    value = header.decode_end_to_end(data)
    assert header.encode_end_to_end(value) == data
    return as_json(value)


def read_hop(data: bytes, meaning: Meaning) -> Any:
    value = header.decode_hop(data)
    assert header.encode_hop(value) == data
    return as_json(value)


def payload_of(data: bytes, expected: Mapping[int, int]) -> memoryview:
    """Return the payload of a complete frame, split as a connection splits it."""
    _, length = frames.decode_frame_header(data[: frames.FRAME_HEADER_BYTES], expected)
    payload = memoryview(data)[frames.FRAME_HEADER_BYTES :]
    assert len(payload) == length
    return payload


def read_agreement(data: bytes, meaning: Meaning) -> Any:
    value = frames.decode_agreement(payload_of(data, frames.EXPECT_AGREEMENT))
    assert frames.encode_agreement(value) == data
    return as_json(value)


def read_verdict(data: bytes, meaning: Meaning) -> Any:
    value = frames.decode_verdict(payload_of(data, frames.EXPECT_VERDICT))
    assert frames.encode_verdict(value) == data
    return as_json(value) | {"code": value.code.name}


def read_resume(data: bytes, meaning: Meaning) -> Any:
    expected = {int(frames.FrameKind.RESUME): resumption.RESUME_LIMIT_BYTES}
    value = resumption.decode_resume(payload_of(data, expected))
    assert resumption.encode_resume(value) == data
    return as_json(value)


def read_resumed(data: bytes, meaning: Meaning) -> Any:
    value = resumption.decode_resumed(payload_of(data, resumption.EXPECT_RESUMED))
    assert resumption.encode_resumed(value) == data
    return as_json(value) | {"code": value.code.name}


def read_acknowledgement(data: bytes, meaning: Meaning) -> Any:
    value = frames.decode_acknowledgement(payload_of(data, frames.EXPECT_ACKNOWLEDGEMENT))
    assert frames.encode_acknowledgement(value.decided, value.refused) == data
    refused = [[r.frame, r.position, r.refusal.name, r.retry_after_s] for r in value.refused]
    return {"decided": value.decided, "refused": refused}


def read_brief_acknowledgement(data: bytes, meaning: Meaning) -> Any:
    payload = payload_of(data, frames.EXPECT_ACKNOWLEDGEMENT)
    value = frames.decode_brief_acknowledgement(payload, meaning.get("acknowledged", 0))
    assert frames.encode_brief_acknowledgement(value.decided) == data
    return {"decided": value.decided}


def read_reverse_end(data: bytes, meaning: Meaning) -> Any:
    for expected in (EXPECT_REVERSE_FRAMES, EXPECT_REVERSE_ANSWERS):
        assert len(payload_of(data, expected)) == 0
    assert data == REVERSE_END_FRAME
    return {}


def read_messages(data: bytes, meaning: Meaning) -> Any:
    agreed = meaning["message_size_bytes"]
    payload = payload_of(data, frames.expect_messages(agreed))
    parts = message_frames.read_messages(payload)
    told = []
    writer = message_frames.MessagesWriter(memoryview(bytearray(len(data))), agreed)
    for end_to_end, hop_header, body in parts:
        head, hop = header.decode_end_to_end(end_to_end), header.decode_hop(hop_header)
        header.check_message(head, hop, len(body), agreed)
        if blake3(body).digest() != hop.body_hash:
            raise WireError(Refusal.BAD_HASH, "body is not what was sent")
        told.append(
            {"end_to_end": as_json(head), "hop": as_json(hop), "body_bytes": len(body)},
        )
        writer.reserve(bytes(end_to_end), len(body))[:] = body
        writer.finish_message(bytes(hop_header))
    assert writer.finish() == len(data)
    return told


def read_segments(data: bytes, meaning: Meaning) -> Any:
    value = meaning.get("value", meaning)
    seal = SegmentSeal(
        meaning["suite"],
        bytes.fromhex(meaning["content_key"]),
        bytes.fromhex(meaning["salt"]),
        bytes.fromhex(meaning["end_to_end"]),
    )
    plain = bytearray(value["plaintext_bytes"])
    assert segments.sealed_bytes(len(plain)) == len(data)
    try:
        seal.open_into(memoryview(data), meaning["first_index"], memoryview(plain))
    except SealBroken as error:
        raise WireError(Refusal.CANNOT_OPEN, str(error)) from error
    again = memoryview(bytearray(len(data)))
    seal.seal_into(memoryview(plain), meaning["first_index"], again)
    assert again == data
    return {"plaintext_bytes": len(plain), "plaintext_blake3": blake3(plain).hexdigest()}


def read_hpke(data: bytes, meaning: Meaning) -> Any:
    key = SealingPrivateKey(
        bytes.fromhex(meaning["mlkem_seed"]) + bytes.fromhex(meaning["x25519_private"])
    )
    info = manifest.manifest_info(bytes.fromhex(meaning["end_to_end"]))
    return {"plaintext": open_sealed(key, data, info).hex()}


def verified_payload(data: bytes, meaning: Meaning, domain: bytes) -> bytes:
    """Return the payload of a signed body after verifying its signature."""
    payload, signature = signed_body.split_body(data)
    signer = load_der_public_key(bytes.fromhex(meaning["signer"]))
    assert isinstance(signer, Ed25519PublicKey)
    signed = signed_body.signed_data(bytes.fromhex(meaning["end_to_end"]), payload)
    try:
        signer.verify(signature, domain + signed)
    except InvalidSignature as error:
        raise WireError(Refusal.MALFORMED, "signature is not the source's") from error
    assert signed_body.join_body(payload, signature) == data
    return payload


def read_manifest(data: bytes, meaning: Meaning) -> Any:
    payload = verified_payload(data, meaning, signed_body.MANIFEST_DOMAIN)
    value = manifest.decode_manifest(payload)
    head = header.decode_end_to_end(bytes.fromhex(meaning["end_to_end"]))
    manifest.check_manifest_header(head, value)
    assert manifest.encode_manifest(value) == payload
    return as_json(value)


def read_file_secrets(data: bytes, meaning: Meaning) -> Any:
    value = manifest.decode_file_secrets(data)
    assert manifest.encode_file_secrets(value) == data
    return without_plain(as_json(value))


def without_plain(value: Any) -> Any:
    """Return a value without the field that only compressed content has, if it is empty."""
    return {name: field for name, field in value.items() if name != "plain" or field is not None}


def read_packed(data: bytes, meaning: Meaning) -> Any:
    assert packed_frames.is_packed(memoryview(data))
    nodes = meaning["sender"], meaning["receiver"]
    payload = packed_frames.unpacked_payload(memoryview(data), *nodes)
    message_frames.read_messages(payload)
    return payload.hex()


def read_compressed(data: bytes, meaning: Meaning) -> Any:
    plain = PlainContent(meaning["plain_bytes"], bytes.fromhex(meaning["plain_hash"]))
    decompressor = compressed_stream.Decompressor(plain)
    unpacked = b"".join(decompressor.add(data))
    decompressor.finish()
    return unpacked.hex()


def read_key_secret(data: bytes, meaning: Meaning) -> Any:
    value = manifest.decode_key_secret(data)
    assert manifest.encode_key_secret(value) == data
    return {"content_key": value.hex()}


def read_single(data: bytes, meaning: Meaning) -> Any:
    value, content = single.decode_single(data)
    assert single.encode_single_header(value) + bytes(content) == data
    assert single.single_header_bytes(value.name, value.plain) == len(data) - len(content)
    return without_plain(as_json(value)) | {"content": content.hex()}


def read_directory(data: bytes, meaning: Meaning) -> Any:
    placed = list(directory_stream.placed_entries(lambda at, most: data[at : at + most], len(data)))
    told = []
    again = b""
    for entry, offset in placed:
        content = data[offset : offset + entry.size_bytes]
        again += directory_stream.encode_entry(entry) + content
        told.append(
            {
                "kind": int(entry.kind),
                "path": entry.path.hex(),
                "mtime_ns": entry.mtime_ns,
                "content": content.hex(),
            }
        )
    assert again + directory_stream.encode_end(len(placed)) == data
    return told


def read_receipt(data: bytes, meaning: Meaning) -> Any:
    payload = verified_payload(data, meaning, signed_body.RECEIPT_DOMAIN)
    entries = receipt.decode_receipt(payload)
    assert receipt.encode_receipt(entries) == payload
    return as_json(entries)


def read_content_word(data: bytes, meaning: Meaning) -> Any:
    word = content_word.decode_content_word(data.decode())
    assert word is not None
    assert content_word.encode_content_word(word).encode() == data
    return as_json(word)


def read_receipt_file(data: bytes, meaning: Meaning) -> Any:
    try:
        file, signature = receipt_file.decode_receipt_file(data)
    except proof_fields.ProofFileError as error:
        raise malformed(str(error)) from error
    assert receipt_file.encode_receipt_file(file, signature).encode() == data
    told = receipt_file.told_of(file.signed, file.epoch, file.sequence)
    for domain, key, said, signed in (
        (signed_body.RECEIPT_DOMAIN, "destination", told.data, told.signature),
        (receipt_file.RECEIPT_FILE_DOMAIN, "source", receipt_file.statement(file), signature),
    ):
        signer = load_der_public_key(bytes.fromhex(meaning[key]))
        assert isinstance(signer, Ed25519PublicKey)
        if not verify(signer, domain, said, signed):
            raise malformed(f"it is not signed by its {key}")
    fields = file._asdict()
    for name in ("source", "destination", "signed"):
        del fields[name]
    assert told.content is not None
    return {name: as_json(field) for name, field in fields.items()} | as_json(told.content)


def _signer(key: str) -> Ed25519PublicKey:
    signer = load_der_public_key(bytes.fromhex(key))
    assert isinstance(signer, Ed25519PublicKey)
    return signer


def read_directory_hash(data: bytes, meaning: Meaning) -> Any:
    found = tree_hash.TreeHash()
    for entry, offset in directory_stream.placed_entries(
        lambda at, most: data[at : at + most], len(data)
    ):
        found.add(entry.kind, entry.path, entry.size_bytes)
        found.add_content(data[offset : offset + entry.size_bytes])
    return found.digest().hex()


def read_custody_word(data: bytes, meaning: Meaning) -> Any:
    signed = custody_word.custody_in(data.decode())
    word = None if signed is None else custody_word.decode_custody(signed)
    if signed is None or word is None:
        raise malformed("it is no custody word")
    ends = meaning["source"], meaning["destination"], bytes.fromhex(meaning["epoch"])
    subject = custody_word.CustodySubject(*ends, meaning["sequence"], meaning["attempt"])
    said, signature = custody_word.split_custody(signed)
    signed_data = custody_word.signed_custody(subject, said)
    if not verify(_signer(meaning["signer"]), custody_word.CUSTODY_DOMAIN, signed_data, signature):
        raise malformed("it is not signed by its relay")
    assert custody_word.encode_custody(word) == said
    assert custody_word.custody_reason(signed).encode() == data
    return as_json(word)


def read_custody_file(data: bytes, meaning: Meaning) -> Any:
    try:
        file, signature = custody_file.decode_custody_file(data)
    except proof_fields.ProofFileError as error:
        raise malformed(str(error)) from error
    assert custody_file.encode_custody_file(file, signature).encode() == data
    signatures = [
        (
            file.source.node,
            custody_file.CUSTODY_FILE_DOMAIN,
            custody_file.statement(file),
            signature,
        )
    ]
    for relay, signed in file.words:
        said, word_signature = custody_word.split_custody(signed)
        about = custody_word.signed_custody(file.subject, said)
        signatures.append((relay.node, custody_word.CUSTODY_DOMAIN, about, word_signature))
    for node, domain, said, each in signatures:
        if not verify(_signer(meaning["keys"][node]), domain, said, each):
            raise malformed(f"it is not signed by {node}")
    fields = file._asdict()
    for name in ("source", "destination", "words"):
        del fields[name]
    words = {relay.node: signed.hex() for relay, signed in file.words}
    return {name: as_json(field) for name, field in fields.items()} | {"words": words}


def read_medium(data: bytes, meaning: Meaning) -> Any:
    signed, signature = (
        data[: medium_file.MEDIUM_SIGNED_BYTES],
        data[medium_file.MEDIUM_SIGNED_BYTES :],
    )
    found = medium_file.decode_medium_header(signed)
    if not verify(_signer(meaning["signer"]), medium_file.MEDIUM_DOMAIN, signed, signature):
        raise malformed("it is not signed by its writer")
    assert medium_file.encode_medium_header(found) == signed
    return as_json(found)


def read_medium_names(data: bytes, _meaning: Meaning) -> Any:
    names = message_names.decode_names(data)
    assert message_names.encode_names(names) == data
    return {"names": as_json(names)}


def read_file_name(data: bytes, meaning: Meaning) -> Any:
    safe = file_names.safe_name(data)
    return {"safe": safe, "second": file_names.marked_name(safe, "2")}


READERS: Mapping[str, Callable[[bytes, Meaning], Any]] = {
    "node-id": read_node_id,
    "hello": read_hello,
    "hello-answer": read_hello_answer,
    "first-bytes": read_first_bytes,
    "end-to-end": read_end_to_end,
    "hop": read_hop,
    "agreement": read_agreement,
    "resume": read_resume,
    "resumed": read_resumed,
    "verdict": read_verdict,
    "acknowledgement": read_acknowledgement,
    "brief-acknowledgement": read_brief_acknowledgement,
    "reverse-end": read_reverse_end,
    "messages": read_messages,
    "segments": read_segments,
    "hpke": read_hpke,
    "manifest": read_manifest,
    "file-secrets": read_file_secrets,
    "key-secret": read_key_secret,
    "single": read_single,
    "directory": read_directory,
    "compressed": read_compressed,
    "packed": read_packed,
    "receipt": read_receipt,
    "content-word": read_content_word,
    "receipt-file": read_receipt_file,
    "directory-hash": read_directory_hash,
    "custody-word": read_custody_word,
    "custody-file": read_custody_file,
    "medium": read_medium,
    "medium-names": read_medium_names,
    "file-name": read_file_name,
}
