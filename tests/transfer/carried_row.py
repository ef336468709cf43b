"""Three nodes in one process: alba sends to cork, and brno between them carries."""

from pathlib import Path

from netrelay.core.words import Refusal
from tests.prepared_folder import copy_prepared
from tests.transfer.linked_pair import (
    SEGMENT,
    Sent,
    TestNode,
    refusals,
)

CAPACITY = 4 * SEGMENT
NAMES = ("alba", "brno", "cork")


class Row:
    """alba sends to cork through brno; sizes are of the two hops."""

    def __init__(self, root: Path, first: int = CAPACITY, second: int = SEGMENT) -> None:
        copy_prepared(root, _make_row, first, second)
        self.alba, self.brno, self.cork = self.nodes = [
            TestNode(root, name, CAPACITY, is_new=False) for name in NAMES
        ]
        self.first, self.second = first, second

    def sealed(self, content: bytes = b"", name: bytes = b"name") -> list[Sent]:
        """Give the frames of a file, as they leave alba, who believes that they arrived."""
        if content:
            self.alba.drop_file(self.cork, name, content)
        return self.alba.give_away(self.brno, self.first)

    def give(self, payloads: list[bytes]) -> list[Refusal | None]:
        """Let brno take frames of alba, in one commit."""
        return refusals(self.brno.take(self.alba, payloads))

    def first_hop(self) -> list[Refusal | None]:
        """Let everything that is ready go from alba to brno; give what became of it."""
        return self.hop(self.alba, self.brno, self.first)

    def second_hop(self) -> list[Refusal | None]:
        """Let everything that is ready go from brno to cork; give what became of it."""
        return self.hop(self.brno, self.cork, self.second)

    def hop(self, giver: TestNode, taker: TestNode, size_bytes: int) -> list[Refusal | None]:
        found: list[Refusal | None] = []
        for _ in range(50):
            frames = giver.fill(taker, size_bytes)
            if not frames:
                return found
            for sent in frames:
                found += self.hand_over(giver, taker, sent)
        raise AssertionError("never runs dry")

    @staticmethod
    def hand_over(giver: TestNode, taker: TestNode, sent: Sent) -> list[Refusal | None]:
        (judged,) = taker.take(giver, [sent.payload])
        giver.conclude(sent, judged)
        return refusals([judged])

    def spooled(self) -> list[str]:
        return sorted(path.name for path in self.brno.home.spool.iterdir())

    def close(self) -> None:
        for node in self.nodes:
            node.close()


def _make_row(root: Path, first: int, second: int) -> None:
    alba, brno, cork = nodes = [TestNode(root, name, CAPACITY) for name in NAMES]
    for node in nodes:
        for other in nodes:
            if other is not node:
                node.know(other)
    for end, other in ((alba, cork), (cork, alba)):
        end.write("UPDATE peers SET via = ? WHERE node = ?", brno.id, other.id)
        brno.allow(end, "relay")
    cork.allow(alba, "deliver")
    cork.allow(brno, "carry", alba.id)
    for node, other, size_bytes in ((alba, brno, first), (brno, cork, second)):
        node.agree(other, size_bytes)
        other.agree(node, size_bytes)
    for node in nodes:
        node.close()
