"""The requests of this netrelay, answered by a real store."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from netrelay.core.store_object import name_values, object_key
from netrelay.core.words import DeliveryTrouble
from netrelay.landing import object_upload
from netrelay.landing.credentials import Credentials
from netrelay.landing.object_body import FileBody
from netrelay.landing.object_upload import (
    MIB,
    WHOLE_MAX_BYTES,
    StoreObject,
    abort_uploads,
    put_object,
    try_bucket,
)
from netrelay.landing.s3_store import S3Store
from netrelay.landing.store_error import BodyChangedError, StoreError
from tests.landed.swift_store import SwiftStore, knows_attributes, swift_store, why_not
from tests.story.nodes import free_address

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
OWN = "b" * 32
# The longest that there is.
NAME = name_values("é" * 500)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftStore]:
    folder = tmp_path_factory.mktemp("store")
    if not knows_attributes(folder):
        pytest.skip(f"{folder} knows no user attributes: set TMPDIR")
    with swift_store(folder, free_address()) as found:
        yield found


def key(sequence: int) -> str:
    return object_key("in", "a" * 32, OWN, bytes(8), sequence)


def put(
    store: SwiftStore, folder: Path, sequence: int, content: bytes, came: bytes | None = None
) -> None:
    path = folder / "staged"
    path.write_bytes(content)
    digest = blake3(content if came is None else came).digest()
    metadata = {"blake3": digest.hex(), "size": str(len(content)), **NAME}
    wanted = StoreObject(key(sequence), metadata, "application/octet-stream")
    body = FileBody(path, digest)
    client = store.client()
    try:
        put_object(client, wanted, body, is_conditional=True)
    finally:
        body.close()
        client.close()


@pytest.mark.parametrize(("sequence", "size_bytes"), [(1, 0), (2, 1), (3, 2 * MIB - 1)])
def test_a_file_is_there_once_with_its_bytes(
    store: SwiftStore, tmp_path: Path, sequence: int, size_bytes: int
) -> None:
    content = os.urandom(size_bytes)
    put(store, tmp_path, sequence, content)
    put(store, tmp_path, sequence, content)
    assert store.content(key(sequence)) == content
    answer = store.client().ask("HEAD", key(sequence))
    for name, value in NAME.items():
        assert answer.headers[f"x-amz-meta-netrelay-{name}"] == value


def test_a_put_of_something_else_changes_nothing(store: SwiftStore, tmp_path: Path) -> None:
    put(store, tmp_path, 10, b"first")
    with pytest.raises(StoreError) as caught:
        put(store, tmp_path, 10, b"other")
    assert caught.value.trouble is DeliveryTrouble.STORE_CONFLICT
    assert store.content(key(10)) == b"first"


def test_the_condition_is_what_keeps_it(
    store: SwiftStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step taken out: without the condition the store overwrites, and the test above fails."""
    put(store, tmp_path, 11, b"first")
    monkeypatch.setattr(object_upload, "_ABSENT", {})
    put(store, tmp_path, 11, b"other")
    assert store.content(key(11)) == b"other"


def test_nothing_is_kept_of_a_put_that_is_cut_short(store: SwiftStore, tmp_path: Path) -> None:
    with pytest.raises(BodyChangedError):
        put(store, tmp_path, 12, os.urandom(MIB), came=b"else")
    assert key(12) not in store.all_keys()


def test_a_large_file_goes_in_parts_and_is_there_once(store: SwiftStore, tmp_path: Path) -> None:
    content = os.urandom(MIB) * (WHOLE_MAX_BYTES // MIB + 1) + b"end"
    put(store, tmp_path, 20, content)
    put(store, tmp_path, 20, content)
    answer = store.client().ask("HEAD", key(20))
    assert answer.headers["content-length"] == str(len(content))
    with pytest.raises(StoreError) as caught:
        put(store, tmp_path, 20, content + b"more")
    assert caught.value.trouble is DeliveryTrouble.STORE_CONFLICT
    assert store.uploads() == 0


def test_uploads_that_were_cut_short_are_aborted(store: SwiftStore) -> None:
    client = store.client()
    others = object_key("in", "a" * 32, "c" * 32, bytes(8), 1)
    for name in (key(30), key(31), others):
        assert client.ask("POST", name, {"uploads": ""}).is_good
    assert abort_uploads(client, "in", OWN) == 2
    assert store.uploads() == 1
    assert abort_uploads(client, "in", "c" * 32) == 1


@pytest.mark.parametrize(
    ("what", "trouble"),
    [
        ("secret", DeliveryTrouble.STORE_KEY),
        ("access", DeliveryTrouble.STORE_KEY),
        ("bucket", DeliveryTrouble.STORE_BUCKET),
        ("clock", DeliveryTrouble.STORE_CLOCK),
        ("region", DeliveryTrouble.STORE_BUCKET),
        ("away", DeliveryTrouble.STORE_AWAY),
    ],
)
def test_what_is_wrong_has_a_name(
    store: SwiftStore, monkeypatch: pytest.MonkeyPatch, what: str, trouble: DeliveryTrouble
) -> None:
    from netrelay.landing import s3_store
    from tests.landed.swift_store import CREDENTIALS

    land, keys = store.land(), CREDENTIALS
    match what:
        case "secret":
            keys = Credentials(keys.access_key, "wrong")
        case "access":
            keys = Credentials("fleet:nobody", keys.secret_key)
        case "bucket":
            land = land._replace(bucket="none")
        case "region":
            land = land._replace(region="elsewhere")
        case "away":
            land = land._replace(endpoint=f"http://{store.address}:2")
        case "clock":
            monkeypatch.setattr(s3_store, "unix_s", lambda: time.time() - 3600)
    with pytest.raises(StoreError) as caught:
        try_bucket(S3Store(land, keys, None))
    assert caught.value.trouble is trouble, caught.value.reason


def test_rclone_reads_what_landed(store: SwiftStore, tmp_path: Path) -> None:
    """Another program, with its own signatures, finds the objects."""
    import shutil

    if shutil.which("rclone") is None:
        pytest.skip("rclone is not installed")
    put(store, tmp_path, 40, b"for rclone")
    done = subprocess.run(
        ["rclone", "--config", "/dev/null", "cat", f":s3:boats/{key(40)}"],
        env=rclone_environment(store),
        capture_output=True,
        check=False,
    )
    assert done.stdout == b"for rclone", done.stderr


def rclone_environment(store: SwiftStore) -> dict[str, str]:
    """Return all of the environment of an rclone that finds the store."""
    from tests.landed.swift_store import CREDENTIALS

    return {
        "PATH": os.environ["PATH"],
        "RCLONE_S3_PROVIDER": "Other",
        "RCLONE_S3_ENDPOINT": store.endpoint,
        "RCLONE_S3_ACCESS_KEY_ID": CREDENTIALS.access_key,
        "RCLONE_S3_SECRET_ACCESS_KEY": CREDENTIALS.secret_key,
        "RCLONE_S3_REGION": "us-east-1",
    }
