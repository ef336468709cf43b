"""`netrelay receipt custody`: what is said of a job without words, and of a custody file."""

import json
from pathlib import Path

import pytest

from netrelay.cli.wording.custody_words import custody_lines
from netrelay.core.custody_chain import chain_of
from netrelay.core.custody_word import CustodyWord
from netrelay.seal.custody_file import encode_custody_file, sign_custody_file
from tests.cli.command_line import CommandLine, Place
from tests.cli.dead_jobs import keeper
from tests.seal.test_custody_file import Nodes


def test_a_job_of_which_no_relay_has_said_anything(homes: Place) -> None:
    line, _ = homes.pair()
    with keeper(line) as shelf:
        job = shelf.drop("a.txt")
        said = line.good("receipt", "custody", "a.txt")
        assert said == "No node is known to have taken all of it but shelf, which sent it.\n"
        fields = json.loads(line.good("receipt", "custody", str(job), "--json"))
        assert (fields["links"], fields["strangers"]) == ([], [])
        outcome = line("receipt", "custody", "a.txt", "--to", "-")
        assert (outcome.code, "no relay has signed for a.txt" in outcome.err) == (69, True)
        assert "held last" not in line.good("why", "a.txt").lower()
        assert line("receipt", "custody", "b.txt").code == 65


def test_what_is_said_of_each_way() -> None:
    def last(given_to: str | None, **words: CustodyWord) -> str:
        return custody_lines(chain_of("shelf", "boat", given_to, words), "shelf", "boat", {})[-1]

    word = CustodyWord(9, "shelf", 0, None, 0)
    assert last("boat") == "shelf gave it to boat itself, over no relay."
    assert last("buoy").startswith("Held last by buoy, as shelf says: there is no word of buoy")
    assert last("buoy", buoy=word) == (
        "Held last by buoy: it signed that it took all of it, and no later word is known."
    )
    given = last("buoy", buoy=word._replace(next_hop="boat"))
    assert given.startswith("Held last, of the relays, by buoy: it signed that boat acknowledged")
    stranger = custody_lines(
        chain_of("shelf", "boat", "buoy", {"buoy": word, "ship": word}), "shelf", "boat", {}
    )
    assert any(line.startswith("ship signed a word of it too, and nobody") for line in stranger)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return a custody file of four nodes without a home."""
    (tmp_path / "keys").mkdir()
    nodes = Nodes(tmp_path / "keys")
    file = nodes.file()
    path = tmp_path / "custody"
    path.write_text(encode_custody_file(file, sign_custody_file(nodes.shelf, file)))
    return path


def test_a_custody_file_is_verified_without_a_node(written: Path, tmp_path: Path) -> None:
    line = CommandLine(tmp_path / "no-node")
    said = line.good("receipt", "verify", str(written))
    assert "Held last by pier: it signed that it took all of it at 1970-01-01T00:00:02Z" in said
    assert said.count("No card of ") == 4
    assert "\x1b" not in said
    outcome = line("receipt", "verify", str(written), "--file", str(written))
    assert (outcome.code, "which says no content (--file)" in outcome.err) == (64, True)
    written.write_text(written.read_text().replace('"size_bytes": 5', '"size_bytes": 6'))
    outcome = line("receipt", "verify", str(written))
    assert (outcome.code, "it is not signed by shelf" in outcome.err) == (65, True)
