"""Root folders with the package installed, and two booted nodes that are peers."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.booted.machine import Machine, missing
from tests.booted.network import Network
from tests.booted.node import (
    BOAT_ADDRESS,
    SHELF_ADDRESS,
    TARGET,
    BootedNode,
    BootedPair,
    introduce,
)

PACKAGE = "NETRELAY_BOOTED_PACKAGE"
BASE = "NETRELAY_BOOTED_BASE"
_REASON = missing() or next(
    (
        f"{name} names nothing: `make booted-test` makes it and runs this"
        for name in (PACKAGE, BASE)
        if not os.environ.get(name)
    ),
    None,
)
_INSTALL_S = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip these tests, with the reason, on machines that cannot boot systems."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(600))
            if _REASON:
                item.add_marker(pytest.mark.skip(reason=_REASON))


_figures: list[str] = []


@pytest.fixture(scope="session")
def figures() -> list[str]:
    """Return the list of measurements that is printed at the end; no test depends on it."""
    return _figures


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the measurements."""
    if _figures:
        terminalreporter.section("booted systems")
        for line in _figures:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def package() -> Path:
    """Return the package under test."""
    return Path(os.environ[PACKAGE])


@contextmanager
def copied(base: Path) -> Iterator[Path]:
    """Yield a copy of a root folder, which is removed at the end."""
    _remove_leftovers(base.parent)
    copy = Path(tempfile.mkdtemp(prefix=f"booted-used.{os.getpid()}.", dir=base.parent))
    try:
        subprocess.run(["cp", "-a", "--reflink=auto", f"{base}/.", copy], check=True)
        yield copy
    finally:
        shutil.rmtree(copy, ignore_errors=True)
        Path(f"{copy}.console").unlink(missing_ok=True)
        _lock_of(copy).unlink(missing_ok=True)


def _lock_of(root: Path) -> Path:
    """Return the lock file of systemd-nspawn for a root folder, which it does not remove."""
    return root.with_name(f".#{root.name}.lck")


def _remove_leftovers(roots: Path) -> None:
    """Remove the copies of test runs that were killed."""
    for path in (*roots.glob("booted-used.*"), *roots.glob(".#booted-used.*.lck")):
        owner = path.name.removeprefix(".#").split(".")[1]
        if not Path("/proc", owner).exists():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def installed(package: Path) -> Iterator[Path]:
    """Yield a root in which the package was installed without booting it, as in an image."""
    with copied(Path(os.environ[BASE])) as root:
        shutil.copy(package, root / "root/netrelay.deb")
        subprocess.run(
            [
                *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit"),
                *("--directory", str(root), "apt-get", "--yes", "install", "/root/netrelay.deb"),
            ],
            check=True,
            timeout=_INSTALL_S,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        yield root


@pytest.fixture(scope="session")
def base() -> Path:
    """Return a root folder without the package."""
    return Path(os.environ[BASE])


MakeMachine = Callable[[Path, str], Machine]


@pytest.fixture
def make_machine() -> Iterator[MakeMachine]:
    """Yield a function that creates machines from root folders; they are not booted."""
    with ExitStack() as stack:

        def make(root: Path, name: str) -> Machine:
            network = stack.enter_context(Network())
            copy = stack.enter_context(copied(root))
            return stack.enter_context(Machine(copy, network, name))

        yield make


@pytest.fixture(scope="session")
def pair(installed: Path) -> Iterator[BootedPair]:
    """Yield two booted, connected nodes that may deliver to each other."""
    with ExitStack() as stack:
        nodes = []
        for name, address in (("shelf", SHELF_ADDRESS), ("boat", BOAT_ADDRESS)):
            network = stack.enter_context(Network())
            root = stack.enter_context(copied(installed))
            machine = stack.enter_context(Machine(root, network, name))
            nodes.append(BootedNode(machine, address))
        shelf, boat = nodes
        shelf.machine.network.join(boat.machine.network, shelf.address, boat.address)
        for node in nodes:
            node.machine.boot()
            node.begin()
        introduce(shelf, boat)
        yield BootedPair(shelf, boat)


@pytest.fixture
def ready(pair: BootedPair) -> BootedPair:
    """Return the pair with all services running."""
    for node in pair:
        node.machine.run("systemctl", "reset-failed")
        node.machine.run("systemctl", "start", TARGET)
        node.wait_until_ready()
    return pair
