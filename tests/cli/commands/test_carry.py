"""`netrelay carry`: what it says of media, and what it leaves on them."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netrelay.disk.medium_folder import FOLDER
from tests.cli.command_line import CommandLine, Place
from tests.cli.dead_jobs import keeper


@pytest.fixture
def pair(homes: Place) -> tuple[CommandLine, CommandLine]:
    return homes.pair()


@pytest.fixture
def stick(homes: Place) -> Path:
    made = homes.folder / "stick"
    made.mkdir()
    return made


@contextmanager
def no_file_over(size_bytes: int) -> Iterator[None]:
    """Have every write beyond this size fail, as on a medium that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def files_on(stick: Path) -> list[str]:
    return sorted(path.name for path in (stick / FOLDER).iterdir())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("out", "{stick}"), 64, "--to --all"),
        (("out", "{stick}", "--to", "boar"), 65, "there is no peer 'boar'; did you mean boat?"),
        (("out", "{stick}", "--to", "shelf"), 65, "shelf is this node itself"),
        (("out", "{stick}/none", "--all"), 66, "none is not there; allowed: the folder"),
        (("out", "{file}", "--all"), 66, "is no folder"),
        (("in", "{stick}/none"), 66, "none is not there; allowed: the folder"),
        (("in", "{file}"), 66, "is no folder"),
        (("in", "{stick}"), 66, "holds nothing of netrelay: it has no folder netrelay"),
        (("off", "{stick}"), 64, "'off' is none of its words"),
    ],
)
def test_what_is_wrong_is_named(
    pair: tuple[CommandLine, CommandLine],
    stick: Path,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    file = stick / "file"
    file.write_bytes(b"")
    typed = [each.format(stick=stick, file=file) for each in arguments]
    found, line = pair[0].bad("carry", *typed)
    assert (found, said in line) == (code, True), line


def test_a_folder_that_is_a_link_is_refused(
    pair: tuple[CommandLine, CommandLine], stick: Path
) -> None:
    (stick / FOLDER).symlink_to(stick)
    for word in (("out", "--all"), ("in",)):
        code, line = pair[0].bad("carry", word[0], str(stick), *word[1:])
        assert code == 66, line
        assert "link" in line


def test_nothing_waits(pair: tuple[CommandLine, CommandLine], stick: Path) -> None:
    said = pair[0].good("carry", "out", str(stick), "--to", "boat")
    assert said.startswith("nothing waits for boat: nothing was written"), said
    assert files_on(stick) == []
    assert "nothing waits for any node" in pair[0].good("carry", "out", str(stick), "--all")


def test_a_node_that_is_down_takes_nothing(
    pair: tuple[CommandLine, CommandLine], stick: Path
) -> None:
    (stick / FOLDER).mkdir()
    code, line = pair[0].bad("carry", "in", str(stick))
    assert (code, "this node is down" in line) == (75, True), line


def test_a_medium_that_is_full_keeps_nothing_half_written(
    pair: tuple[CommandLine, CommandLine], stick: Path
) -> None:
    with keeper(pair[0]) as shelf:
        shelf.drop("large.bin", os.urandom(5 * 1024**2))
        with no_file_over(3 * 1024**2):
            code, line = pair[0].bad("carry", "out", str(stick), "--to", "boat")
        assert (code, "what is complete on it stays" in line) == (73, True), line
        assert files_on(stick) == []
        assert "A copy is on" not in pair[0].good("why", "large.bin")
        said = pair[0].good("carry", "out", str(stick), "--to", "boat")
        assert said.startswith("for boat: 1 file (5 MiB), now on "), said
        assert len(files_on(stick)) == 1
        assert f"A copy is on {stick}" in pair[0].good("why", "large.bin")
        assert f"A copy is on {stick}" in pair[0].good("trace", "large.bin")
        assert f"copies of 1 waiting message are on {stick}, for " in pair[0].good("status")


def test_what_was_taken_back_goes_from_the_medium(
    pair: tuple[CommandLine, CommandLine], stick: Path
) -> None:
    with keeper(pair[0]) as shelf:
        shelf.drop("a.txt", b"one")
        shelf.drop("b.txt", b"two")
        pair[0].good("carry", "out", str(stick), "--all")
        pair[0].good("cancel", "a.txt")
        said = pair[0].good("carry", "out", str(stick), "--all")
        assert "for boat: 1 file" in said
        assert len(files_on(stick)) == 1
        pair[0].good("cancel", "b.txt")
        pair[0].good("carry", "out", str(stick), "--all")
        assert files_on(stick) == []
