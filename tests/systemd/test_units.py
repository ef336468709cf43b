"""Each process has a unit that starts and confines it; systemd-analyze finds no fault."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.cli.page.control_channel import SOCKET_NAME
from netrelay.core.exit_status import NEEDS_A_PERSON
from netrelay.core.words import PROCESSES
from netrelay.landing.credentials import FILE_NAME
from netrelay.runtime.home import SYSTEM_HOME, SYSTEM_RUNTIME, Home
from netrelay.runtime.wiring import NETWORK
from netrelay.seal.identity import FILES
from tests.systemd.units import (
    LOCAL,
    NEWER,
    SERVICES,
    SYSTEMD,
    UNITS,
    analyze,
    analyze_version,
    install_units,
    read_unit,
    why_not,
)

judged = pytest.mark.skipif(bool(why_not()), reason=why_not())
# In tenths, the unit of `systemd-analyze security --threshold=`.
NETWORK_TENTHS, LOCAL_TENTHS = 15, 6
FAILED = "netrelay-failed@.service"
IMAGE = SYSTEMD.parent / "image"
PAGE, PAGE_SOCKET = "netrelay-page.service", "netrelay-page.socket"
METRICS, METRICS_SOCKET = "netrelay-metrics.service", "netrelay-metrics.socket"
# Each reads for somebody else: its command, and the port of its socket.
READERS = {"page": ("page", 7480), "metrics": ("metrics --listen", 7481)}
LAND = "netrelay-land.service"
SERIAL = "netrelay-serial@.service"
CONTROL, CONTROL_SOCKET = "netrelay-control.service", "netrelay-control.socket"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield install_units(tmp_path_factory.mktemp("root"))


def test_each_process_has_a_unit() -> None:
    beside = {FAILED, PAGE, CONTROL, METRICS, LAND, SERIAL}
    there = {path.name for path in UNITS.glob("*.service")} - beside
    assert there == set(SERVICES.values())
    assert set(SERVICES) == set(PROCESSES)


@pytest.mark.parametrize("process", sorted(SERVICES))
def test_a_unit_starts_its_process_and_waits_for_ready(process: str) -> None:
    unit = read_unit(UNITS / SERVICES[process])
    assert unit.one("Service", "ExecStart") == f"/usr/bin/netrelay run {process}"
    assert unit.one("Service", "Type") == "notify"
    assert unit.one("Service", "NotifyAccess") == "main"
    assert unit.one("Service", "User") == unit.one("Service", "Group") == "netrelay"
    assert int(unit.one("Service", "WatchdogSec")) > 0
    assert unit.one("Unit", "PartOf") == unit.one("Install", "WantedBy") == "netrelay.target"
    assert unit.one("Unit", "OnFailure") == "netrelay-failed@%n.service"
    assert unit.of("Unit", "ConditionPathExists") == [
        f"{SYSTEM_HOME}/netrelay.toml",
        f"{SYSTEM_HOME}/netrelay.db",
    ]
    assert unit.words("Service", "ReadWritePaths") == {str(SYSTEM_HOME), str(SYSTEM_RUNTIME)}


@pytest.mark.parametrize("process", sorted(SERVICES))
def test_it_is_restarted_unless_a_person_has_to_correct_something(process: str) -> None:
    unit = read_unit(UNITS / SERVICES[process])
    assert unit.one("Service", "Restart") == "always"
    # Otherwise OnFailure= would trigger at each restart (observed with systemd 257).
    assert unit.one("Service", "RestartMode") == "direct"
    assert unit.one("Unit", "StartLimitIntervalSec") == "0"
    ends = {int(word) for word in unit.words("Service", "RestartPreventExitStatus")}
    assert ends == NEEDS_A_PERSON


@pytest.mark.parametrize("process", sorted(SERVICES))
def test_keys_are_credentials_of_the_processes_that_use_them_and_hidden_from_all(
    process: str,
) -> None:
    unit = read_unit(UNITS / SERVICES[process])
    handed = dict(value.split(":") for value in unit.of("Service", "LoadCredential"))
    assert handed == {name: f"{SYSTEM_HOME}/keys/{name}" for name in handed}
    wanted: set[str] = set()
    if process in NETWORK:
        wanted = {"identity.crt", "identity.key"}
    if process in ("processor_r", "processor_s"):
        wanted = set(FILES)
    assert set(handed) == wanted
    hidden = unit.words("Service", "InaccessiblePaths")
    assert f"-{SYSTEM_HOME}/keys" in hidden
    # The keys of groups are read by who opens and who signs.
    is_hidden = f"-{SYSTEM_HOME}/groups" in hidden
    assert is_hidden == (process not in ("processor_r", "processor_s"))


@pytest.mark.parametrize("process", sorted(SERVICES))
def test_a_process_has_access_to_either_network_or_files(process: str) -> None:
    unit = read_unit(UNITS / SERVICES[process])
    families = unit.words("Service", "RestrictAddressFamilies")
    hidden = unit.words("Service", "InaccessiblePaths")
    folders = {f"-{SYSTEM_HOME}/{name}" for name in ("drop", "inbox", "spool", "sent", "failed")}
    if process in NETWORK:
        assert f"-{SYSTEM_HOME}/land.toml" in hidden
        assert families == {"AF_UNIX", "AF_INET", "AF_INET6"}
        assert folders <= hidden
    else:
        assert families == {"AF_UNIX"}
        assert unit.one("Service", "PrivateNetwork") == "yes"
        assert unit.one("Service", "IPAddressDeny") == "any"
        assert not folders & hidden
    listens = process in ("receiver", "initial_receiver")
    assert bool(unit.of("Service", "FileDescriptorStoreMax")) == listens


@pytest.mark.parametrize("name", READERS)
def test_a_reader_has_no_key_no_file_and_opens_no_connection(name: str) -> None:
    unit = read_unit(UNITS / f"netrelay-{name}.service")
    listens = read_unit(UNITS / f"netrelay-{name}.socket")
    words, port = READERS[name]
    assert unit.one("Service", "ExecStart") == f"/usr/bin/netrelay {words}"
    assert (unit.one("Service", "User"), unit.one("Service", "Group")) == (
        f"netrelay-{name}",
        "netrelay",
    )
    users = (SYSTEMD / "sysusers.d/netrelay.conf").read_text()
    assert f'\nu netrelay-{name} - "' in users
    hidden = unit.words("Service", "InaccessiblePaths")
    folders = ("keys", "groups", "drop", "inbox", "spool", "sent", "failed")
    assert hidden == {f"-{SYSTEM_HOME}/{folder}" for folder in folders}
    assert unit.of("Service", "ReadWritePaths") == unit.of("Service", "LoadCredential") == []
    assert unit.words("Service", "RestrictAddressFamilies") == {"AF_UNIX"}
    assert unit.one("Service", "CapabilityBoundingSet") == ""
    # Off until a person enables its socket, and then for this machine alone.
    assert unit.of("Install", "WantedBy") == []
    assert listens.of("Socket", "ListenStream") == [f"127.0.0.1:{port}"]
    assert "! -name '*.socket'" in (IMAGE / "package" / "build").read_text()


def test_what_puts_files_into_a_store_has_no_key_of_the_node_and_reads_the_inbox() -> None:
    unit, sender = read_unit(UNITS / LAND), read_unit(UNITS / SERVICES["sender"])
    assert unit.one("Service", "ExecStart") == "/usr/bin/netrelay land"
    assert unit.one("Unit", "PartOf") == unit.one("Install", "WantedBy") == "netrelay.target"
    # It is enabled with the eight, and starts only where there are keys of a store.
    assert unit.of("Unit", "ConditionPathExists") == [
        f"{SYSTEM_HOME}/{name}" for name in ("netrelay.toml", "netrelay.db", FILE_NAME)
    ]
    hidden = unit.words("Service", "InaccessiblePaths")
    assert hidden == {
        f"-{SYSTEM_HOME}/{name}" for name in ("keys", "groups", "drop", "sent", "failed", "spool")
    }
    assert unit.words("Service", "ReadOnlyPaths") == {f"-{SYSTEM_HOME}/inbox"}
    assert unit.of("Service", "LoadCredential") == []
    for key in ("Type", "User", "Group", "WatchdogSec", "Restart", "RestartPreventExitStatus"):
        assert unit.of("Service", key) == sender.of("Service", key), key
    assert unit.words("Service", "RestrictAddressFamilies") == {"AF_UNIX", "AF_INET", "AF_INET6"}


def test_what_acts_for_the_page_has_no_key_and_no_network_and_the_page_alone_reaches_it() -> None:
    unit, listens = read_unit(UNITS / CONTROL), read_unit(UNITS / CONTROL_SOCKET)
    assert unit.one("Service", "ExecStart") == "/usr/bin/netrelay page control"
    assert unit.one("Service", "User") == "netrelay"
    hidden = unit.words("Service", "InaccessiblePaths")
    assert hidden == {f"-{SYSTEM_HOME}/{name}" for name in ("keys", "groups", "inbox", "spool")}
    assert unit.words("Service", "RestrictAddressFamilies") == {"AF_UNIX"}
    assert unit.one("Service", "PrivateNetwork") == "yes"
    assert unit.one("Service", "CapabilityBoundingSet") == ""
    assert unit.of("Install", "WantedBy") == []
    assert listens.of("Socket", "ListenStream") == [f"{SYSTEM_RUNTIME}/{SOCKET_NAME}"]
    assert listens.one("Socket", "SocketUser") == "netrelay-page"
    assert listens.one("Socket", "SocketMode") == "0600"


def test_a_serial_line_has_its_device_and_its_sockets_and_nothing_else() -> None:
    unit = read_unit(UNITS / SERIAL)
    assert unit.one("Service", "ExecStart") == "/usr/bin/netrelay serial %f"
    hidden = unit.words("Service", "InaccessiblePaths")
    paths = ("keys", "groups", "land.toml", "drop", "inbox", "spool", "sent", "failed")
    assert hidden == {f"-{SYSTEM_HOME}/{path}" for path in paths}
    assert unit.of("Service", "ReadWritePaths") == unit.of("Service", "LoadCredential") == []
    assert unit.one("Service", "TemporaryFileSystem") == f"{SYSTEM_RUNTIME}:ro"
    assert unit.one("Service", "BindPaths") == str(Home(SYSTEM_HOME).lines)
    assert unit.words("Service", "RestrictAddressFamilies") == {"AF_UNIX"}
    assert unit.one("Service", "PrivateNetwork") == "yes"
    assert unit.one("Service", "CapabilityBoundingSet") == ""
    device = read_unit(UNITS / f"{SERIAL}.d" / "20-device.conf")
    assert [(name, value) for _, name, value in device.lines] == [
        ("PrivateDevices", "no"),
        ("DeviceAllow", "%f rw"),
    ]
    assert (
        read_unit(UNITS / "netrelay-.service.d/10-harden.conf").one("Service", "DevicePolicy")
        == "closed"
    )


@pytest.mark.skipif(not shutil.which("systemctl"), reason="there is no systemctl here")
def test_an_image_that_enables_all_at_its_first_boot_enables_no_socket(tmp_path: Path) -> None:
    """systemd applies presets there, and enables what none of them names."""
    for folder in ("system", "system-preset"):
        shutil.copytree(SYSTEMD / folder, tmp_path / "usr/lib/systemd" / folder)
    presets = ["systemctl", f"--root={tmp_path}", "preset-all"]
    subprocess.run(presets, check=True, capture_output=True, timeout=60)
    enabled = {path.name for path in (tmp_path / "etc").rglob("*.wants/*")}
    assert set(SERVICES.values()) <= enabled
    assert not [name for name in enabled if name.endswith(".socket")]


def test_only_importer_has_a_capability() -> None:
    for process, name in SERVICES.items():
        unit = read_unit(UNITS / name)
        wanted = ["CAP_LEASE"] if process == "importer" else []
        assert unit.of("Service", "AmbientCapabilities") == wanted
        assert unit.of("Service", "CapabilityBoundingSet") == (wanted or [""])


def test_the_hardening_overrides_no_directive_of_a_unit() -> None:
    """A directive in both would be overridden: the drop-in is read after the units."""
    hardening = read_unit(UNITS / "netrelay-.service.d" / "10-harden.conf")
    names = {name for _, name, _ in hardening.lines}
    for path in UNITS.glob("*.service"):
        assert not names & {name for _, name, _ in read_unit(path).lines}, path.name


def test_no_unit_of_the_image_is_hardened_as_one_of_the_eight() -> None:
    found = [path for path in IMAGE.rglob("netrelay-*.service") if path.parent.name == "system"]
    assert [path.name for path in found if path.name not in SERVICES.values()] == []


def test_user_and_folders_are_those_of_the_units() -> None:
    user = (SYSTEMD / "sysusers.d/netrelay.conf").read_text()
    assert re.search(rf'(?m)^u netrelay - "[^"]+" {SYSTEM_HOME}$', user)
    folders = (SYSTEMD / "tmpfiles.d/netrelay.conf").read_text()
    # What InaccessiblePaths names with a minus is hidden only if it is there when the unit starts.
    groups = Home(SYSTEM_HOME).groups
    for path, mode in ((SYSTEM_HOME, "2750"), (SYSTEM_RUNTIME, "0750"), (groups, "0700")):
        assert re.search(rf"(?m)^d +{path} +{mode} +netrelay +netrelay\b", folders)


@judged
def test_systemd_analyze_verify_finds_no_fault(root: Path) -> None:
    failed = FAILED.replace("@", "@netrelay-sender.service")
    readers = (PAGE, PAGE_SOCKET, METRICS, METRICS_SOCKET, CONTROL, CONTROL_SOCKET)
    serial = SERIAL.replace("@", "@dev-ttyUSB0")
    names = ["netrelay.target", *SERVICES.values(), failed, *readers, serial]
    run = analyze(root, "verify", "--man=no", *names)
    version = analyze_version()
    unknown = "|".join(name for name, since in NEWER.items() if since > version) or "(?!)"
    said = [
        line
        for line in (run.stdout + run.stderr).splitlines()
        if not re.search(rf"Unknown key (name )?'({unknown})' in section", line)
    ]
    assert said == []
    assert run.returncode == 0


@judged
@pytest.mark.parametrize("process", sorted(SERVICES))
def test_its_exposure_is_low(process: str, root: Path) -> None:
    tenths = NETWORK_TENTHS if process in NETWORK else LOCAL_TENTHS
    run = analyze(root, "security", "--offline=true", f"--threshold={tenths}", SERVICES[process])
    assert run.returncode == 0, run.stdout[-300:] + run.stderr
    assert "Overall exposure level" in run.stdout


@judged
@pytest.mark.parametrize(
    ("name", "tenths"),
    [
        (PAGE, NETWORK_TENTHS),
        (METRICS, NETWORK_TENTHS),
        (LAND, NETWORK_TENTHS),
        (CONTROL, LOCAL_TENTHS),
        (SERIAL.replace("@", "@dev-ttyUSB0"), NETWORK_TENTHS),
    ],
)
def test_the_exposure_of_what_stands_beside_them_is_low(name: str, tenths: int, root: Path) -> None:
    run = analyze(root, "security", "--offline=true", f"--threshold={tenths}", name)
    assert run.returncode == 0, run.stdout[-300:] + run.stderr


@judged
def test_a_unit_that_is_not_hardened_is_caught(tmp_path: Path) -> None:
    bare = install_units(tmp_path / "root")
    (bare / "usr/lib/systemd/system/netrelay-.service.d/10-harden.conf").unlink()
    for process in ("receiver", LOCAL[0]):
        tenths = NETWORK_TENTHS if process in NETWORK else LOCAL_TENTHS
        run = analyze(
            bare, "security", "--offline=true", f"--threshold={tenths}", SERVICES[process]
        )
        assert run.returncode != 0


@judged
def test_a_mistyped_directive_is_caught(tmp_path: Path) -> None:
    wrong = install_units(tmp_path / "root")
    path = wrong / "usr/lib/systemd/system" / SERVICES["sender"]
    path.write_text(path.read_text().replace("WatchdogSec=", "WatchdogSecs="))
    run = analyze(wrong, "verify", "--man=no", SERVICES["sender"])
    assert "WatchdogSecs" in run.stdout + run.stderr
