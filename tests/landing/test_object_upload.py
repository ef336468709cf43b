"""Putting objects into a store: once, whatever is repeated, and what is wrong has a name."""

import datetime
import http.client
import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from netrelay.core.store_object import object_key
from netrelay.core.words import DeliveryTrouble
from netrelay.landing import object_upload
from netrelay.landing.credentials import Credentials
from netrelay.landing.object_body import FileBody
from netrelay.landing.object_upload import StoreObject, abort_uploads, put_object, try_bucket
from netrelay.landing.s3_store import S3Store, trusting
from netrelay.landing.store_error import BodyChangedError, StoreError
from netrelay.runtime.config import ConfigError
from netrelay.runtime.land_config import Land
from tests.landing.store_stub import BUCKET, Asked, Fault, Stored, StoreStub, store_stub

CREDENTIALS = Credentials("AKIA", "secret")
OWN, OTHER = "b" * 32, "c" * 32
KEY = object_key("", "a" * 32, OWN, bytes(8), 1)
CONTENT = os.urandom(100_000)
LARGE = os.urandom(300_001)


def land(endpoint: str, ca_file: str = "") -> Land:
    return Land(endpoint, "eu", BUCKET, "", "", ca_file, False, (), True, True, 1)


@pytest.fixture
def stub() -> Iterator[StoreStub]:
    with store_stub() as made:
        yield made


@pytest.fixture
def store(stub: StoreStub) -> S3Store:
    return S3Store(land(stub.endpoint), CREDENTIALS, None)


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have small objects go in parts."""
    monkeypatch.setattr(object_upload, "WHOLE_MAX_BYTES", 200_000)
    monkeypatch.setattr(object_upload, "_PART_BYTES", 100_000)


class Putting:
    """One file that is put, as often as a test likes."""

    def __init__(self, folder: Path, content: bytes, came: bytes | None = None) -> None:
        self.path = folder / "staged"
        self.path.write_bytes(content)
        self.hash = blake3(content if came is None else came).digest()
        metadata = {"blake3": self.hash.hex(), "size": str(len(content)), "name": "a%20b"}
        self.wanted = StoreObject(KEY, metadata, "application/octet-stream")

    def put(self, store: S3Store, *, is_conditional: bool = True) -> None:
        body = FileBody(self.path, self.hash)
        try:
            put_object(store, self.wanted, body, is_conditional=is_conditional)
        finally:
            body.close()


@pytest.mark.parametrize("content", [CONTENT, b""])
def test_a_file_is_put_with_its_metadata(
    tmp_path: Path, stub: StoreStub, store: S3Store, content: bytes
) -> None:
    Putting(tmp_path, content).put(store)
    stored = stub.objects[KEY]
    assert stored.content == content
    assert stored.metadata["x-amz-meta-netrelay-name"] == "a%20b"
    assert stored.metadata["x-amz-meta-netrelay-blake3"] == blake3(content).hexdigest()
    # Without TLS the store compares the bytes with a hash that is signed.
    assert len(stub.asked[-1].headers["x-amz-content-sha256"]) == 64


@pytest.mark.parametrize("is_conditional", [True, False])
def test_what_is_there_already_is_not_put_again(
    tmp_path: Path, stub: StoreStub, store: S3Store, is_conditional: bool
) -> None:
    putting = Putting(tmp_path, CONTENT)
    for _ in range(3):
        putting.put(store, is_conditional=is_conditional)
    assert stub.puts == [KEY]


def test_a_lost_answer_is_asked_for_again(tmp_path: Path, stub: StoreStub, store: S3Store) -> None:
    faults = iter([Fault(after=True)])
    stub.fault = lambda asked: next(faults, None) if asked.method == "PUT" else None
    with pytest.raises(StoreError) as caught:
        Putting(tmp_path, CONTENT).put(store)
    assert caught.value.trouble is DeliveryTrouble.STORE_AWAY
    Putting(tmp_path, CONTENT).put(store)
    assert stub.puts == [KEY]


def test_a_connection_that_was_closed_meanwhile_is_made_anew(
    tmp_path: Path, stub: StoreStub, store: S3Store
) -> None:
    try_bucket(store)
    faults = iter([Fault()])
    stub.fault = lambda asked: next(faults, None) if asked.method == "PUT" else None
    Putting(tmp_path, CONTENT).put(store)
    assert stub.objects[KEY].content == CONTENT


def test_something_else_under_the_key_is_a_conflict(
    tmp_path: Path, stub: StoreStub, store: S3Store
) -> None:
    Putting(tmp_path, CONTENT).put(store)
    with pytest.raises(StoreError, match="something else in its place") as caught:
        Putting(tmp_path, CONTENT[:-1] + b"x").put(store)
    assert caught.value.trouble is DeliveryTrouble.STORE_CONFLICT
    assert not caught.value.concerns_all
    assert stub.objects[KEY].content == CONTENT
    # Somebody else's object has no metadata of ours.
    stub.objects[KEY].metadata.clear()
    with pytest.raises(StoreError, match="something else in its place"):
        Putting(tmp_path, CONTENT).put(store)


@pytest.mark.parametrize("content", [CONTENT, b"x"])
def test_nothing_is_stored_of_bytes_that_are_not_what_came(
    tmp_path: Path, stub: StoreStub, store: S3Store, content: bytes
) -> None:
    with pytest.raises(BodyChangedError):
        Putting(tmp_path, content, came=b"else").put(store)
    Putting(tmp_path, content).put(store)
    assert stub.puts == [KEY]


def test_large_files_go_in_parts(
    tmp_path: Path, stub: StoreStub, store: S3Store, in_parts: None
) -> None:
    putting = Putting(tmp_path, LARGE)
    putting.put(store)
    assert stub.objects[KEY].content == LARGE
    assert stub.objects[KEY].metadata["x-amz-meta-netrelay-blake3"] == blake3(LARGE).hexdigest()
    assert len([asked for asked in stub.asked if "partNumber" in asked.query]) == 4
    before = len(stub.asked)
    putting.put(store)
    # It is looked for first: its parts are not sent again.
    assert [asked.method for asked in stub.asked[before:]] == ["HEAD"]
    assert stub.puts == [KEY]


def test_a_part_is_put_again(
    tmp_path: Path, stub: StoreStub, store: S3Store, in_parts: None
) -> None:
    faults = iter([Fault(503), Fault(), Fault()])
    stub.fault = lambda asked: next(faults, None) if asked.query.get("partNumber") == "2" else None
    Putting(tmp_path, LARGE).put(store)
    assert stub.objects[KEY].content == LARGE


@pytest.mark.parametrize("trouble", ["refused", "changed", "there"])
def test_an_upload_that_is_not_completed_is_aborted(
    tmp_path: Path, stub: StoreStub, store: S3Store, in_parts: None, trouble: str
) -> None:
    putting = Putting(tmp_path, LARGE, came=b"else" if trouble == "changed" else None)

    def fault(asked: Asked) -> Fault | None:
        if asked.query.get("partNumber") == "3":
            if trouble == "there":
                # Another hub was faster.
                stub.objects[KEY] = stub.objects.get(KEY) or _stored(putting)
            if trouble == "refused":
                return Fault(403, "AccessDenied")
        return None

    stub.fault = fault
    if trouble == "there":
        putting.put(store)
        assert stub.puts == []
    else:
        with pytest.raises((StoreError, BodyChangedError)):
            putting.put(store)
        assert KEY not in stub.objects
    assert stub.uploads == {}


def test_a_200_without_its_element_is_no_word_of_the_store(
    tmp_path: Path, stub: StoreStub, store: S3Store, in_parts: None
) -> None:
    """S3 says 200 before it puts the parts together; the rest of the answer may be lost."""
    putting = Putting(tmp_path, LARGE)
    stub.fault = lambda asked: Fault(200) if _completes(asked) else None
    with pytest.raises(StoreError, match="did not say that it has put the parts together"):
        putting.put(store)
    assert KEY not in stub.objects
    assert stub.uploads == {}


def _completes(asked: Asked) -> bool:
    return asked.method == "POST" and "uploadId" in asked.query


def _stored(putting: Putting) -> Stored:
    metadata = {
        f"x-amz-meta-netrelay-{name}": value for name, value in putting.wanted.metadata.items()
    }
    return Stored(LARGE, metadata)


def test_uploads_of_earlier_runs_are_aborted_and_those_of_others_are_not(
    stub: StoreStub, store: S3Store
) -> None:
    others = object_key("", "a" * 32, OTHER, bytes(8), 1)
    for key in (KEY, others, "somebody/else", KEY.replace("/1", "/2")):
        store.ask("POST", key, {"uploads": ""})
    assert abort_uploads(store, "", OWN) == 2
    assert [key for key, _, _ in stub.uploads.values()] == [others, "somebody/else"]


@pytest.mark.parametrize(
    ("fault", "trouble", "words"),
    [
        (Fault(500), "store-busy", "does not take it now"),
        (Fault(503, "SlowDown"), "store-busy", "503 SlowDown"),
        (Fault(429), "store-busy", "429"),
        (Fault(507), "store-full", "is full"),
        (Fault(413, "EntityTooLarge"), "store-full", "is full"),
        (Fault(403, "QuotaExceeded"), "store-full", "QuotaExceeded"),
        (Fault(403, "SignatureDoesNotMatch"), "store-key", "refuses the key"),
        (Fault(403, "AccessDenied"), "store-key", "AccessDenied"),
        (Fault(403, "RequestTimeTooSkewed"), "store-clock", "clocks of this node and of the store"),
        (Fault(404, "NoSuchBucket"), "store-bucket", "no such bucket"),
        (Fault(404, "NoSuchUpload"), "store-busy", "404 NoSuchUpload"),
        (Fault(301, "PermanentRedirect"), "store-bucket", "another region"),
        (Fault(400, "AuthorizationHeaderMalformed"), "store-bucket", "another region"),
        (Fault(501, "NotImplemented"), "store-unconditional", "conditional_put"),
        (Fault(), "store-away", "cannot be reached"),
    ],
)
def test_each_answer_has_a_name(
    tmp_path: Path, stub: StoreStub, store: S3Store, fault: Fault, trouble: str, words: str
) -> None:
    stub.fault = lambda _: fault
    with pytest.raises(StoreError) as caught:
        Putting(tmp_path, CONTENT).put(store)
    assert caught.value.trouble == trouble
    if trouble != "store-unconditional":
        assert words in caught.value.reason
    assert caught.value.concerns_all
    assert "secret" not in caught.value.reason
    stub.fault = lambda _: None
    Putting(tmp_path, CONTENT).put(store)
    assert stub.objects[KEY].content == CONTENT


def test_a_store_without_conditional_puts_is_asked_before(
    tmp_path: Path, stub: StoreStub, store: S3Store
) -> None:
    stub.is_conditional = False
    with pytest.raises(StoreError, match="makes no conditional puts"):
        Putting(tmp_path, CONTENT).put(store)
    Putting(tmp_path, CONTENT).put(store, is_conditional=False)
    with pytest.raises(StoreError, match="something else in its place"):
        Putting(tmp_path, b"else").put(store, is_conditional=False)
    assert stub.puts == [KEY]


def test_a_store_that_does_not_answer_is_cut(
    tmp_path: Path, stub: StoreStub, store: S3Store
) -> None:
    stub.fault = lambda _: Fault(silent_s=30.0)
    cutting = threading.Thread(target=_cut_when_asked, args=(stub, store))
    cutting.start()
    with pytest.raises(StoreError, match="cannot be reached"):
        Putting(tmp_path, CONTENT).put(store)
    cutting.join()
    assert store.deadline_s is None


def _cut_when_asked(stub: StoreStub, store: S3Store) -> None:
    deadline_s = time.monotonic() + 20
    while not stub.asked and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert store.deadline_s is not None
    assert store.deadline_s > time.monotonic()
    store.cut()


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with store_stub() as stub:
        endpoint = stub.endpoint
    with pytest.raises(StoreError, match="the store cannot be reached: Connection refused"):
        try_bucket(S3Store(land(endpoint), CREDENTIALS, None))

    def fail(_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(http.client.HTTPConnection, "connect", fail)
    with pytest.raises(StoreError, match="the store cannot be reached: its name is not known"):
        try_bucket(S3Store(land(endpoint), CREDENTIALS, None))


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of 127.0.0.1 by its own authority; return it, and its key with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(pem + private)
    return folder / "ca.pem", folder / "both.pem"


def test_a_private_authority_is_trusted_where_it_is_given_and_nowhere_else(tmp_path: Path) -> None:
    authority, both = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    with store_stub(context) as stub:
        trusted = land(stub.endpoint, str(authority))
        Putting(tmp_path, CONTENT).put(S3Store(trusted, CREDENTIALS, trusting(trusted)))
        assert stub.objects[KEY].content == CONTENT
        assert stub.asked[-1].headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
        before = len(stub.asked)
        usual = land(stub.endpoint)
        for distrusted, endpoint in (
            (usual, stub.endpoint),
            # The certificate is of an address, not of this name.
            (trusted, stub.endpoint.replace("127.0.0.1", "localhost")),
        ):
            asked = distrusted._replace(endpoint=endpoint)
            with pytest.raises(StoreError) as caught:
                try_bucket(S3Store(asked, CREDENTIALS, trusting(asked)))
            assert caught.value.trouble is DeliveryTrouble.STORE_UNTRUSTED
        assert len(stub.asked) == before


def test_a_bad_authority_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pem", tmp_path / "bad.pem"):
        if path.name == "bad.pem":
            path.write_text("nonsense")
        with pytest.raises(ConfigError, match=f"land.ca_file {path}: "):
            trusting(land("https://127.0.0.1", str(path)))
