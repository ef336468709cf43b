"""A real S3 store of one disk: the four servers of OpenStack Swift, started and killed here.

    proxy (S3 API, signatures, conditional puts, uploads in parts)  ->  account, container, object

`make landing` installs it (tests/landed/store-packages.txt), in an environment of its own. An
object is flushed before it is acknowledged. All of it is at one address of
loopback, and ends with this process.
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from netrelay.landing.credentials import Credentials
from netrelay.landing.s3_store import S3Store
from netrelay.landing.store_error import StoreError
from netrelay.runtime.land_config import Land

PYTHON: Final = Path(__file__).parents[2] / "build/landing/venv/bin/python"
BUCKET: Final = "boats"
CREDENTIALS: Final = Credentials("fleet:hub", "secret-of-the-store")
_READY_S: Final = 60.0
_SERVERS: Final = ("account", "container", "object", "proxy")
_COMMON: Final = """[DEFAULT]
bind_ip = {address}
bind_port = {port}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
user = {user}
workers = 0
log_level = ERROR
node_timeout = 60
container_update_timeout = 60
"""
_BACKEND: Final = """
[pipeline:main]
pipeline = {server}-server
[app:{server}-server]
use = egg:swift#{server}
[object-updater]
"""
_PROXY: Final = """
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = {address}:{cache}
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_fleet_hub = secret-of-the-store .admin
[filter:slo]
use = egg:swift#slo
"""
# Beside the servers: only Python can make rings without a terminal.
_RINGS: Final = """
import sys
from swift.common.ring import RingBuilder
folder, address, *ports = sys.argv[1:]
for server, port in zip(("account", "container", "object"), ports):
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({"region": 1, "zone": 1, "ip": address, "port": int(port), "device": "one",
                     "weight": 1.0, "replication_ip": address, "replication_port": int(port)})
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{server}.ring.gz")
"""

# The updater alone does not look where the others find their keys.
_UPDATER: Final = """
import sys
from swift.common.utils import set_swift_dir
set_swift_dir(sys.argv.pop(1))
from swift.obj.updater import main
main()
"""


def why_not() -> str:
    """Return why there can be no store on this machine, "" if there can."""
    if not PYTHON.exists():
        return f"{PYTHON} is missing: make landing installs OpenStack Swift"
    return ""


class SwiftStore:
    """The servers of one folder, whose file system has to know user attributes (xattr(7))."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        self.ports = dict(zip((*_SERVERS, "cache"), _free_ports(address, 5), strict=True))
        self.endpoint = f"http://{address}:{self.ports['proxy']}"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.log = folder / "store.log"
        (folder / "devices/one").mkdir(parents=True)
        (folder / "swift.conf").write_text(
            "[swift-hash]\nswift_hash_path_suffix = landing\nswift_hash_path_prefix = landing\n"
        )
        for server in _SERVERS:
            text = _COMMON + (_PROXY if server == "proxy" else _BACKEND)
            values = {**self.ports, "address": address, "port": self.ports[server]}
            text = text.format(folder=folder, server=server, user=getpass.getuser(), **values)
            (folder / f"{server}.conf").write_text(text)
        ports = [str(self.ports[server]) for server in _SERVERS[:3]]
        subprocess.run([PYTHON, "-c", _RINGS, folder, address, *ports], check=True)

    def start(self) -> None:
        """Start all servers, and wait until the store answers."""
        for server in _SERVERS:
            script = PYTHON.with_name(f"swift-{server}-server")
            self._run(server, PYTHON, script, self.folder / f"{server}.conf", "-v")
        memcached = shutil.which("memcached")
        if memcached is not None:
            # Without it the proxy asks the others what it would remember.
            place = ("-l", self.address, "-p", str(self.ports["cache"]), "-U", "0")
            self._run("cache", memcached, *place, "-u", getpass.getuser())
        self._wait()

    def _run(self, server: str, *words: str | Path) -> None:
        with self.log.open("ab") as log:
            self._running[server] = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
                preexec_fn=_end_with_parent,
            )

    def _wait(self) -> None:
        deadline_s = time.monotonic() + _READY_S
        while True:
            with suppress(StoreError):
                if self.client().ask("PUT").status in (200, 409):
                    return
            for server, running in self._running.items():
                assert running.poll() is None, (server, self.log.read_text()[-4000:])
            assert time.monotonic() < deadline_s, self.log.read_text()[-4000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill all servers at once, in the middle of whatever they do."""
        for running in self._running.values():
            running.send_signal(signal.SIGKILL)
        for running in self._running.values():
            running.wait()
        self._running.clear()

    def land(self) -> Land:
        """Return the configuration of a client of this store."""
        return Land(self.endpoint, "us-east-1", BUCKET, "", "", "", False, (), True, True, 4)

    def client(self) -> S3Store:
        """Return a connection of its own."""
        return S3Store(self.land(), CREDENTIALS, None)

    def has(self, key: str) -> bool:
        """Return whether an object is there, by the disk: a list of the bucket may come late."""
        client = self.client()
        status = client.ask("HEAD", key).status
        client.close()
        assert status in (200, 404), status
        return status == 200

    def all_keys(self) -> set[str]:
        """Return the keys of all objects, those that a kill kept out of the list included."""
        place = str(self.folder)
        subprocess.run(
            [str(PYTHON), "-c", _UPDATER, place, f"{place}/object.conf", "once"], check=True
        )
        found: set[str] = set()
        query = {"list-type": "2"}
        client = self.client()
        while True:
            page = client.ask("GET", query=query).content.decode()
            found.update(part.partition("</Key>")[0] for part in page.split("<Key>")[1:])
            marker = page.partition("<NextContinuationToken>")[2].partition("<")[0]
            if not marker:
                client.close()
                return found
            query["continuation-token"] = marker

    def content(self, key: str) -> bytes:
        """Return the bytes of an object of at most 2 MiB."""
        client = self.client()
        answer = client.ask("GET", key)
        client.close()
        assert answer.is_good, (key, answer)
        return answer.content

    def uploads(self) -> int:
        """Return how many uploads in parts are not ended."""
        client = self.client()
        page = client.ask("GET", query={"uploads": ""}).content
        client.close()
        return page.count(b"<Upload>")


def write_keys(home: Path) -> None:
    """Put the keys of the store into the home of a node."""
    path = home / "land.toml"
    path.write_text(
        f'access_key = "{CREDENTIALS.access_key}"\nsecret_key = "{CREDENTIALS.secret_key}"\n'
    )
    path.chmod(0o600)


@contextmanager
def swift_store(folder: Path, address: str) -> Iterator[SwiftStore]:
    """Start a store in a folder; it has ended when this returns."""
    store = SwiftStore(folder, address)
    try:
        store.start()
        yield store
    finally:
        store.kill()


def knows_attributes(folder: Path) -> bool:
    """Return whether files of a folder can have user attributes, which Swift stores metadata in."""
    try:
        os.setxattr(folder, "user.landing", b"1")
    except OSError:
        return False
    return True


def _free_ports(address: str, count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for each in held:
        each.bind((address, 0))
    ports = [int(each.getsockname()[1]) for each in held]
    for each in held:
        each.close()
    return ports


def _end_with_parent() -> None:
    """Have the kernel end this process with its parent (PR_SET_PDEATHSIG, prctl(2))."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() == 1:
        sys.exit(1)
