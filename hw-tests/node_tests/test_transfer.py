"""A file that is dropped at a arrives at b, and vice versa."""

import pytest

from rig.fleet import Fleet

pytestmark = pytest.mark.nodes("a", "b")


@pytest.mark.parametrize(("source", "destination"), [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("size_bytes", [1, 5 << 20], ids=["one byte", "five chunks"])
def test_a_file_arrives_whole_and_is_receipted(
    fleet: Fleet, source: str, destination: str, size_bytes: int
) -> None:
    file = fleet[source].send(f"{source}-{size_bytes}.bin", size_bytes, destination)
    fleet[destination].await_file(file, source)
    fleet[source].await_delivered(file)


def test_a_text_arrives(fleet: Fleet) -> None:
    fleet["a"].run("netrelay message 'the door is open' --to b")
    fleet["b"].await_word("netrelay inbox", "the door is open")
