"""sender and the rate limit of a peer: it holds for all connections to the peer together."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.cli.main import main
from netrelay.core.token_bucket import TokenBucket
from netrelay.link.dialler import DialResult
from netrelay.processes.sender import Sender
from netrelay.ring.channel import ChannelListener
from netrelay.ring.conversation import Conversation
from netrelay.ring.records import Connect
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_node
from netrelay.runtime.wiring import OUT

ADDRESS = "192.0.2.1"
RATE_BYTES_PER_S = 512 * 1024
CONNECTIONS = 3
STEP_S = 0.01
STEPS = 500


class OpenDialler:
    """A Dialler that reaches every peer at once."""

    def __init__(self, *_: object, **__: object) -> None:
        self._keys: list[int] = []

    def start(self, key: int, *_: object) -> None:
        self._keys.append(key)

    def service(self, _now_s: float) -> list[DialResult]:
        reached = [DialResult(key, object(), ADDRESS, "") for key in self._keys]  # type: ignore[arg-type]
        self._keys.clear()
        return reached

    def interests(self) -> Iterator[object]:
        return iter(())

    def next_deadline_s(self) -> None:
        return None

    def cancel_all(self) -> None:
        self._keys.clear()


class GreedyLink:
    """An OutgoingLink that writes as much as it may, and always has more."""

    made: list["GreedyLink"]
    verdict = None
    is_answered = False
    look_s = None
    has_more = True
    is_throttled = True
    wants_write = True
    is_outgrown = False
    deadline_s = None

    slowness = 1.0

    def waited_s(self, _now_s: float) -> float:
        return 0.0

    def __init__(self, *_: object) -> None:
        self.frame_bytes_out = 0
        GreedyLink.made.append(self)

    def service(self, _now_s: float, allowed_bytes: int | None) -> tuple[list[int], list[object]]:
        assert allowed_bytes is not None, "no limit holds this connection"
        self.frame_bytes_out += allowed_bytes
        return [], []

    def is_stalled(self, _now_s: float) -> bool:
        return False

    def reverse_interest(self) -> None:
        return None

    def fileno(self) -> int:
        return 0

    def queued_slots(self) -> list[int]:
        return []

    def close(self) -> None:
        pass


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """shelf, with a rate limit for boat."""
    for name in ("shelf", "boat"):
        monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / f"run-{name}"))
        place = ["--home", str(tmp_path / name)]
        assert main(["init", name, *place]) == 0
        assert main(["id", "--card", str(tmp_path / f"{name}.card"), *place]) == 0
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run-shelf"))
    place = ["--home", str(tmp_path / "shelf")]
    assert main(["peer", "add", str(tmp_path / "boat.card"), *place]) == 0
    assert main(["limit", "boat", "512K", *place]) == 0
    opened = open_node("sender", Home(tmp_path / "shelf"))
    yield opened
    opened.database.close()


def test_a_limit_holds_for_all_connections_to_a_peer_together(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_s = [1000.0]
    GreedyLink.made = []
    monkeypatch.setattr("netrelay.processes.sender.monotonic", lambda: clock_s[0])
    monkeypatch.setattr("netrelay.processes.sender.Dialler", OpenDialler)
    monkeypatch.setattr("netrelay.processes.sender.OutgoingLink", GreedyLink)
    monkeypatch.setattr(node.poller, "set_interests", lambda _: None)
    monkeypatch.setattr(node.poller, "hold", lambda *_: None)
    channel = ChannelListener(node.home.runtime, *OUT[:2], 4, 65536, OUT.filled_by)
    orders = Conversation(channel)
    sender = Sender(node)
    try:
        sender.step()
        orders.service()
        boat = str(node.database.value("SELECT node FROM peers"))
        for attempt in range(CONNECTIONS):
            orders.put(Connect(boat, attempt, ["127.0.0.1"], [7412], 1, 65536))
        orders.flush()
        for _ in range(STEPS):
            sender.step()
            orders.service()
            clock_s[0] += STEP_S
    finally:
        sender.close()
        channel.close()
    assert len(GreedyLink.made) == CONNECTIONS
    gone_bytes = sum(link.frame_bytes_out for link in GreedyLink.made)
    bucket = TokenBucket(RATE_BYTES_PER_S, 0.0)
    steady_bytes = RATE_BYTES_PER_S * STEPS * STEP_S
    assert gone_bytes <= steady_bytes + bucket.burst_bytes + bucket.piece_bytes
    assert gone_bytes >= steady_bytes - bucket.piece_bytes
