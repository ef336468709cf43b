"""`netrelay support-bundle`: it works on a broken node, and holds no secret."""

import base64
import io
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from netrelay.cli.commands import support_bundle
from netrelay.cli.commands.support_bundle import PARTS, Part, collect, find_secrets, hide
from netrelay.seal.identity import FILES
from netrelay.seal.identity import load as load_identity
from tests.cli.command_line import CommandLine, Place


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node with a peer."""
    return homes.pair()[0]


@pytest.fixture
def few_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Collect only the parts that a test reads; those of the system take long."""
    wanted = ("status.txt", "check.txt", "peers.txt", "logs.txt")
    chosen = tuple(part for part in PARTS if part.name in wanted)
    monkeypatch.setattr(support_bundle, "PARTS", chosen)


def read(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        found = {}
        for entry in archive:
            content = archive.extractfile(entry)
            assert content is not None
            found[entry.name.split("/", 1)[1]] = content.read()
        return found


def secret_forms(line: CommandLine) -> list[bytes]:
    """Every secret of the home, raw and in encodings, computed from the keys themselves."""
    identity = load_identity(line.home.keys)
    private = identity.key.private_bytes_raw()
    raws = [(line.home.keys / name).read_bytes() for name in FILES if name != "identity.crt"]
    raws += [private, identity.storage_secret]
    forms = []
    for raw in raws:
        forms += [raw, raw.hex().encode(), base64.b64encode(raw)]
    pem = (line.home.keys / "identity.key").read_bytes()
    return [*forms, *(row for row in pem.splitlines() if not row.startswith(b"-----"))]


def test_it_holds_what_helps(shelf: CommandLine, homes: Place) -> None:
    file = homes.folder / "bundle.tar.gz"
    out = shelf.good("support-bundle", "-o", str(file))
    assert f"{file} (" in out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    parts = read(file)
    assert set(parts) == {"README.txt", "config.txt", "home.txt", *(part.name for part in PARTS)}
    assert b"netrelay.db" in parts["home.txt"]
    assert b"name = 'shelf'" in parts["config.txt"]
    assert b"boat" in parts["peers.txt"]
    assert b"shelf" in parts["status.txt"]
    assert b"ok    keys" in parts["check.txt"]


def test_no_secret_of_the_home_is_in_it(shelf: CommandLine, homes: Place) -> None:
    file = homes.folder / "bundle.tar.gz"
    shelf.good("support-bundle", "-o", str(file))
    content = b"".join(read(file).values())
    assert [form for form in secret_forms(shelf) if form in content] == []


def test_the_keys_of_a_store_are_hidden_wherever_they_are(
    shelf: CommandLine, tmp_path: Path
) -> None:
    home, elsewhere = shelf.home, tmp_path / "keys.toml"
    (home.path / "land.toml").write_text(
        'access_key = "AKIA-of-home"\nsecret_key = "in-the-home"\n'
    )
    elsewhere.write_text('access_key = "AKIA-of-etc"\nsecret_key = "in-etc/+="\n')
    said = b"AKIA-of-home in-the-home AKIA-of-etc in-etc/+="
    left_out = b"[left out: a secret]"
    assert hide(said, find_secrets(home)) == said.replace(b"AKIA-of-home", left_out).replace(
        b"in-the-home", left_out
    )
    text = home.config.read_text()
    home.config.write_text(text.replace('credentials = ""', f'credentials = "{elsewhere}"'))
    assert hide(said, find_secrets(home)) == said.replace(b"AKIA-of-etc", left_out).replace(
        b"in-etc/+=", left_out
    )


@pytest.mark.parametrize("name", [name for name in FILES if name != "identity.crt"])
def test_a_part_that_repeats_a_secret_is_cleaned(
    shelf: CommandLine, homes: Place, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    key = str(shelf.home.keys / name)
    leaks = Part(
        "leak.txt", (("cat", key), ("base64", "--wrap=0", key), ("od", "-An", "-tx1", key))
    )
    monkeypatch.setattr(support_bundle, "PARTS", (leaks,))
    file = homes.folder / "bundle.tar.gz"
    shelf.good("support-bundle", "-o", str(file))
    leaked = read(file)["leak.txt"]
    assert b"left out: a secret" in leaked
    assert [form for form in secret_forms(shelf) if form in leaked] == []


def test_keys_of_groups_are_cleaned(shelf: CommandLine) -> None:
    shelf.good("group", "new", "hq")
    (keys,) = shelf.home.groups.iterdir()
    for folder in (keys, shelf.home.groups / ".joining-x" / "keys"):
        if folder is not keys:
            folder.parent.mkdir()
            keys.rename(folder)
        secrets = find_secrets(shelf.home)
        for name in FILES:
            if name != "identity.crt":
                content = (folder / name).read_bytes()
                assert content.strip() not in hide(content, secrets), name


def test_keys_of_a_tunnel_are_cleaned(
    shelf: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ["b" * 42 + "A=", "c" * 42 + "A="]
    text = "[WireGuard]\nPrivateKey={}\n[WireGuardPeer]\nPresharedKey={}\n".format(*keys)
    (tmp_path / "wg.netdev").write_text(text)
    monkeypatch.setattr(support_bundle, "_NETWORK_FOLDER", tmp_path)
    cleaned = hide(" ".join(keys).encode(), find_secrets(shelf.home))
    assert cleaned == b"[left out: a secret] [left out: a secret]"


def test_keys_of_wifi_and_credentials_are_cleaned(
    shelf: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    psk = "0123456789abcdef" * 4
    text = f'network={{\n\tssid="shed"\n\tpsk={psk}\n}}\nnetwork={{\n\tpsk="correct horse"\n}}\n'
    (tmp_path / "wpa_supplicant-wlan0.conf").write_text(text)
    monkeypatch.setattr(support_bundle, "_WIFI_FOLDER", tmp_path)
    secrets = find_secrets(shelf.home)
    line = f"wpa: {psk} correct horse systemd.set_credential=passwd.x:hunter2 ok".encode()
    assert hide(line, secrets) == (
        b"wpa: [left out: a secret] [left out: a secret]"
        b" systemd.set_credential=passwd.x:[left out: a secret] ok"
    )


@pytest.mark.usefixtures("few_parts")
def test_without_a_node_it_says_so_in_the_parts(homes: Place) -> None:
    file = homes.folder / "bundle.tar.gz"
    homes.line("nothing").good("support-bundle", "--output", str(file))
    parts = read(file)
    assert b"there is no node in" in parts["status.txt"]
    assert b"ended with 78" in parts["status.txt"]
    assert b"No such file" in parts["home.txt"]


@pytest.mark.usefixtures("few_parts")
def test_a_broken_configuration_is_named_and_the_rest_is_there(
    shelf: CommandLine, homes: Place
) -> None:
    shelf.home.config.write_text("[node]\nname = 7\n")
    file = homes.folder / "bundle.tar.gz"
    shelf.good("support-bundle", "-o", str(file))
    parts = read(file)
    assert b"netrelay.toml" in parts["config.txt"]
    assert b"fail  config" in parts["check.txt"]


def test_what_is_missing_hangs_or_floods_does_not_stop_it(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = (("no-such-program",), ("sleep", "60"), ("head", "-c", "9000", "/dev/zero"))
    monkeypatch.setattr(support_bundle, "PARTS", (Part("bad.txt", commands),))
    monkeypatch.setattr(support_bundle, "_PART_LIMIT_S", 0.2)
    monkeypatch.setattr(support_bundle, "_PART_LIMIT_BYTES", 4096)
    bad = dict(collect(shelf.home))["bad.txt"]
    assert b"no-such-program is not on this machine" in bad
    assert b"did not end within" in bad
    assert b"[the first 4904 bytes are left out]" in bad


@pytest.mark.usefixtures("few_parts")
def test_nothing_is_overwritten_and_a_wrong_place_is_named(
    shelf: CommandLine, homes: Place
) -> None:
    file = homes.folder / "there.tar.gz"
    file.write_text("mine")
    code, line = shelf.bad("support-bundle", "-o", str(file))
    assert (code, "is there already" in line, file.read_text()) == (73, True, "mine")
    code, line = shelf.bad("support-bundle", "-o", str(homes.folder / "no" / "b.tar.gz"))
    assert (code, "No such file" in line) == (73, True)
    assert shelf.bad("support-bundle", "--outptu", "x")[0] == 64


def test_it_goes_through_a_pipe(shelf: CommandLine) -> None:
    command = [sys.executable, "-m", "netrelay", "--home", str(shelf.home.path)]
    done = subprocess.run([*command, "support-bundle", "-o", "-"], capture_output=True, timeout=90)
    assert (done.returncode, done.stderr) == (0, b"")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert any(name.endswith("/status.txt") for name in archive.getnames())
