"""Identities: created completely or not at all, and readable by their owner only."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from netrelay.seal import identity
from netrelay.seal.seal_errors import IdentityError
from netrelay.seal.sealing import open_sealed, seal_for
from netrelay.seal.signature import verify

FILES = ("identity.key", "identity.crt", "sealing.key", "storage.secret")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    identity.create(tmp_path / "identity")
    return tmp_path / "identity"


def test_a_created_identity_is_loaded(tmp_path: Path) -> None:
    made = identity.create(tmp_path / "identity")
    loaded = identity.load(tmp_path / "identity")
    assert loaded.node_id == made.node_id
    assert loaded.certificate_der == made.certificate_der
    assert loaded.storage_secret == made.storage_secret
    assert len(loaded.storage_secret) == 32
    sealed = seal_for(made.sealing_key.public_bytes, b"x", b"")
    assert open_sealed(loaded.sealing_key, sealed, b"") == b"x"
    assert verify(made.certificate_der, b"test\0", b"data", loaded.sign(b"test\0", b"data"))


def test_two_nodes_share_nothing(tmp_path: Path) -> None:
    one, two = identity.create(tmp_path / "one"), identity.create(tmp_path / "two")
    assert one.node_id != two.node_id
    assert one.storage_secret != two.storage_secret
    assert one.sealing_key.public_bytes != two.sealing_key.public_bytes


def test_only_the_owner_may_read(directory: Path) -> None:
    assert sorted(path.name for path in directory.iterdir()) == sorted(FILES)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for name in FILES:
        assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600


def test_the_repr_contains_no_secret(directory: Path) -> None:
    loaded = identity.load(directory)
    assert repr(loaded) == f"Identity({loaded.node_id})"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "identity").mkdir()
    identity.create(tmp_path / "identity")
    assert stat.S_IMODE((tmp_path / "identity").stat().st_mode) == 0o700


@pytest.mark.parametrize("left", FILES)
def test_an_existing_identity_is_never_overwritten(directory: Path, left: str) -> None:
    for name in FILES:
        if name != left:
            (directory / name).unlink()
    before = (directory / left).read_bytes()
    with pytest.raises(IdentityError, match="never overwritten"):
        identity.create(directory)
    assert (directory / left).read_bytes() == before


def test_leftovers_of_a_power_cut_are_replaced(tmp_path: Path) -> None:
    (tmp_path / ".identity.unfinished").mkdir()
    (tmp_path / ".identity.unfinished" / "identity.key").write_bytes(b"half a k")
    identity.create(tmp_path / "identity")
    assert [path.name for path in tmp_path.iterdir()] == ["identity"]


@pytest.mark.parametrize("failing", ["fsync", "rename"])
def test_a_creation_that_fails_leaves_no_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    if failing == "fsync":
        monkeypatch.setattr("netrelay.seal.identity.os.fsync", fail)
    else:
        monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(IdentityError, match="No space left"):
        identity.create(tmp_path / "identity")
    assert not (tmp_path / "identity").exists()


def test_files_are_flushed_before_the_rename_and_the_parent_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    rename = Path.rename

    def note_sync(descriptor: int) -> None:
        steps.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    def note_rename(path: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(path, target)

    monkeypatch.setattr("netrelay.seal.identity.os.fsync", note_sync)
    monkeypatch.setattr(Path, "rename", note_rename)
    identity.create(tmp_path / "identity")
    assert steps == [*FILES, ".identity.unfinished", "rename", tmp_path.name]


def test_the_parent_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(IdentityError, match="cannot create"):
        identity.create(tmp_path / "absent" / "identity")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(IdentityError, match="not a folder"):
        identity.create(tmp_path / "file")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(IdentityError, match=f"{name} is missing"):
        identity.load(directory)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(IdentityError, match="identity is missing"):
        identity.load(tmp_path / "identity")


@pytest.mark.parametrize("name", [*FILES, "."])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_file_open_to_others_is_named_with_its_mode(
    directory: Path, name: str, mode: int
) -> None:
    (directory / name).chmod(mode | (0o100 if name == "." else 0))
    with pytest.raises(IdentityError, match="open to other users"):
        identity.load(directory)


def test_read_only_files_are_accepted(directory: Path) -> None:
    for name in FILES:
        (directory / name).chmod(0o400)
    identity.load(directory)


@pytest.mark.parametrize("name", FILES)
def test_a_symlink_is_refused(directory: Path, tmp_path: Path, name: str) -> None:
    (directory / name).rename(tmp_path / name)
    (directory / name).symlink_to(tmp_path / name)
    with pytest.raises(IdentityError, match=f"{name} is not a file"):
        identity.load(directory)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"nonsense", bytes(100_000)])
def test_a_damaged_file_is_named(directory: Path, name: str, content: bytes) -> None:
    (directory / name).write_bytes(content)
    with pytest.raises(IdentityError, match=name):
        identity.load(directory)


def test_a_key_of_another_kind_is_refused(directory: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (directory / "identity.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    with pytest.raises(IdentityError, match="not an Ed25519 key"):
        identity.load(directory)


def test_a_certificate_of_another_node_is_refused(directory: Path, tmp_path: Path) -> None:
    other = identity.create(tmp_path / "other")
    (directory / "identity.crt").write_bytes(other.certificate_path.read_bytes())
    with pytest.raises(IdentityError, match="is not the certificate of"):
        identity.load(directory)
