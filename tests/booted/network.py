"""Network namespaces for the tests, and veth pairs between them."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

_LIMIT_S = 20


class Network:
    """A network namespace, held by a process that ends with this one."""

    def __init__(self) -> None:
        # It runs until its input ends, that is, as long as this process.
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"up\n", "no network namespace"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._holder.kill()
        self._holder.communicate()

    @property
    def namespace(self) -> Path:
        """The namespace as a file (namespaces(7))."""
        return Path(f"/proc/{self._holder.pid}/ns/net")

    def inside(self, *command: str) -> list[str]:
        """Return the command line that runs this command in the namespace."""
        return ["nsenter", f"--net={self.namespace}", "--", *command]

    def join(self, other: "Network", address: str, other_address: str) -> None:
        """Connect to another network with a veth pair, and assign the addresses."""
        run = ["ip", "link", "add", "cable0", "type", "veth", "peer", "name", "cable0", "netns"]
        _do(self.inside(*run, str(other._holder.pid)))
        for network, own in ((self, address), (other, other_address)):
            _do(network.inside("ip", "address", "add", f"{own}/24", "dev", "cable0"))
            _do(network.inside("ip", "link", "set", "cable0", "up"))

    def shape(self, *limits: str) -> None:
        """Limit the rate of outgoing traffic (tc-tbf(8)), until `unshape`."""
        tbf = ["tc", "qdisc", "replace", "dev", "cable0", "root", "tbf", *limits]
        _do(self.inside(*tbf))

    def unshape(self) -> None:
        """Remove the rate limit."""
        _do(self.inside("tc", "qdisc", "delete", "dev", "cable0", "root"))


def _do(command: list[str]) -> None:
    subprocess.run(command, check=True, timeout=_LIMIT_S)
