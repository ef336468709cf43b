"""Manifests and their sealed part: round trips, and consistency with their header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.header import EndToEnd
from netrelay.core.manifest import (
    FileSecrets,
    Manifest,
    ManifestKind,
    check_manifest_header,
    decode_file_secrets,
    decode_key_secret,
    decode_manifest,
    encode_file_secrets,
    encode_key_secret,
    encode_manifest,
    manifest_info,
)
from netrelay.core.plain_content import PlainContent
from netrelay.core.words import FileKind, MessageType, WireError
from tests.core.examples import CHUNK

FILE = Manifest(ManifestKind.FILE, 65536, 5, 7, b"", b"sealed")
KEY = Manifest(ManifestKind.KEY, 0, 0, 0, b"key name", b"sealed")
HEADER = CHUNK._replace(type=MessageType.MANIFEST, suite=0)
sealed = st.binary(min_size=1, max_size=4096)
low_waters = st.integers(0, 2**63 - 1)
manifests = st.one_of(
    st.builds(
        Manifest,
        st.just(ManifestKind.FILE),
        st.integers(1, 256).map(lambda count: count * 65536),
        st.integers(1, 2**63 - 1),
        low_waters,
        st.just(b""),
        sealed,
    ),
    st.builds(
        Manifest,
        st.just(ManifestKind.KEY),
        st.just(0),
        st.just(0),
        low_waters,
        st.binary(min_size=8, max_size=8),
        sealed,
    ),
)
secrets = st.builds(
    FileSecrets,
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=1, max_size=1024),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.sampled_from(FileKind),
    st.none()
    | st.builds(PlainContent, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32)),
)


@given(manifests)
def test_manifest_round_trip(manifest: Manifest) -> None:
    assert decode_manifest(encode_manifest(manifest)) == manifest


@given(secrets)
def test_secrets_round_trip(value: FileSecrets) -> None:
    assert decode_file_secrets(encode_file_secrets(value)) == value
    assert decode_key_secret(encode_key_secret(value.content_key)) == value.content_key


@given(st.integers(1, 1 << 30), st.integers(1, 256).map(lambda count: count * 65536))
def test_the_chunk_count_must_match_the_total_size(total: int, size: int) -> None:
    count = len(range(0, total, size))
    header = HEADER._replace(total_size_bytes=total)
    manifest = FILE._replace(message_size_bytes=size, chunk_count=count)
    check_manifest_header(header, manifest)
    with pytest.raises(WireError, match=f"are {count} chunks, the manifest says {count + 1}"):
        check_manifest_header(header, manifest._replace(chunk_count=count + 1))


@pytest.mark.parametrize(
    ("header", "manifest", "message"),
    [
        (HEADER._replace(total_size_bytes=0), FILE, "total size of a file 0"),
        (HEADER, KEY, "total size of a key 300000"),
        (HEADER._replace(sequence=6), FILE, "low water 7 is above its own sequence 6"),
    ],
)
def test_a_manifest_inconsistent_with_its_header_is_refused(
    header: EndToEnd, manifest: Manifest, message: str
) -> None:
    with pytest.raises(WireError, match=message):
        check_manifest_header(header, manifest)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (FILE._replace(message_size_bytes=65537), "message size 65537"),
        (FILE._replace(chunk_count=0), "chunk count 0"),
        (FILE._replace(key_id=b"key name"), "key id of a file"),
        (KEY._replace(key_id=b""), "key id b'' must be 8 bytes"),
        (KEY._replace(chunk_count=1), "chunk count of a key 1"),
        (KEY._replace(sealed=bytes(4097)), "sealed part"),
        (KEY._replace(low_water=-1), "low water -1"),
    ],
)
def test_encoding_refuses_invalid_fields(manifest: Manifest, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_manifest(manifest)


def test_errors_never_contain_a_key() -> None:
    key = b"this is a secret of 33 bytes long"
    with pytest.raises(ValueError, match="content key must be 32 bytes") as of_key:
        encode_key_secret(key)
    with pytest.raises(ValueError, match="content key must be 32 bytes") as of_file:
        encode_file_secrets(FileSecrets(key, b"name", 0))
    assert "secret" not in str(of_key.value) + str(of_file.value)


def test_the_info_binds_the_ciphertext_to_the_header() -> None:
    assert manifest_info(b"header") == b"netrelay manifest v1\0header"
