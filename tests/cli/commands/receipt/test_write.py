"""`netrelay receipt write`: which jobs have a receipt, and what is said of the others."""

import json
from collections.abc import Iterator

import pytest
from blake3 import blake3

from netrelay.core.content_word import ContentWord
from netrelay.seal.identity import load
from tests.cli.command_line import CommandLine, Place
from tests.cli.dead_jobs import Keeper, keeper
from tests.seal.receipt_files import entry, signed_by

HASH = bytes(range(32))


class Sender(Keeper):
    """A node whose jobs end by receipts that boat has signed."""

    boat: CommandLine

    def receipted(self, job: int, *, is_kept: bool = True, content: bytes | None = None) -> None:
        """End a job as a receipt of boat does, and keep it."""
        self.report("receipted", "engine", job)
        if not is_kept:
            return
        database = self.node.database
        boat, own = load(self.boat.home.keys), load(self.line.home.keys)
        row = database.row("SELECT epoch, sequence FROM messages WHERE id = ?", (job,))
        assert row is not None
        content_hash = HASH if content is None else blake3(content).digest()
        said = entry(boat, ContentWord(content_hash, 1_800_000_000))
        signed = signed_by(boat, own, said._replace(epoch=row[0], sequence=row[1]))  # type: ignore[arg-type]
        with database.transaction():
            database.execute(
                "INSERT INTO kept_receipts SELECT seq - 1, seq, ? FROM events"
                " WHERE message = ? AND event = 'receipted'",
                (signed, job),
            )


@pytest.fixture
def shelf(homes: Place) -> Iterator[Sender]:
    line, boat = homes.pair()
    with keeper(line) as found:
        found.__class__ = Sender
        assert isinstance(found, Sender)
        found.boat = boat
        yield found


def test_the_receipt_of_a_delivered_file_is_written(shelf: Sender, homes: Place) -> None:
    job = shelf.drop("a.txt")
    shelf.receipted(job)
    target = homes.folder / "a.receipt"
    said = shelf.line.good("receipt", "a.txt", "--to", str(target))
    assert said.startswith(f"the receipt of boat for a.txt (job {job}) is in {target}\n")
    assert "`netrelay receipt verify" in said
    fields = json.loads(target.read_text())
    assert fields["content"] == {
        "kind": "file",
        "name": "a.txt",
        "size_bytes": 7,
        "blake3": HASH.hex(),
    }
    assert fields["times"]["signed"] == "2027-01-15T08:00:00Z"
    assert shelf.line.good("receipt", "write", str(job), "--to", "-") == target.read_text()
    assert shelf.line.good("receipt", str(job), "-q", "--to", str(homes.folder / "b")) == ""


def test_a_file_in_sent_that_is_not_what_was_signed_for_is_named(shelf: Sender) -> None:
    shelf.receipted(shelf.drop("a.txt"))
    outcome = shelf.line("receipt", "a.txt", "--to", "-")
    assert outcome.code == 0
    assert "sent/boat/a.txt is not the content that boat has signed for" in outcome.err
    shelf.receipted(shelf.drop("b.txt"), content=b"content")
    assert shelf.line("receipt", "b.txt", "--to", "-").err == ""


def test_it_is_written_under_the_name_of_the_file_beside(
    shelf: Sender, homes: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(homes.folder)
    for name in ("a.txt", "x" * 250, "--to"):
        shelf.receipted(shelf.drop(name))
        shelf.line.good("receipt", "--", name) if name[0] == "-" else shelf.line.good(
            "receipt", name
        )
    found = {path.name for path in homes.folder.iterdir() if path.name.endswith(".receipt")}
    assert {"a.txt.receipt", "_--to.receipt"} <= found
    assert len(found) == 3


def test_nothing_is_replaced_and_no_link_is_followed(shelf: Sender, homes: Place) -> None:
    shelf.receipted(shelf.drop("a.txt"))
    target = homes.folder / "taken"
    target.write_text("mine")
    link = homes.folder / "link"
    link.symlink_to(homes.folder / "elsewhere")
    for path in (target, link):
        code, line = shelf.line.bad("receipt", "a.txt", "--to", str(path))
        assert (code, "is there already" in line) == (73, True)
    assert target.read_text() == "mine"
    assert not (homes.folder / "elsewhere").exists()
    code, line = shelf.line.bad("receipt", "a.txt", "--to", str(homes.folder / "no" / "folder"))
    assert (code, "No such file" in line) == (73, True)


def test_a_job_that_is_not_delivered_says_why(shelf: Sender) -> None:
    job = shelf.drop("a.txt")
    code, line = shelf.line.bad("receipt", "a.txt")
    assert code == 69
    assert f"a.txt (job {job}) has no receipt, as it is not delivered" in line
    assert "boat" in line.partition("not delivered:")[2]
    shelf.die(job)
    code, line = shelf.line.bad("receipt", str(job))
    assert (code, "was given up" in line) == (69, True)


def test_a_job_that_was_delivered_before_has_none(shelf: Sender) -> None:
    shelf.receipted(shelf.drop("before.txt"))
    shelf.receipted(shelf.drop("a.txt"), is_kept=False)
    code, line = shelf.line.bad("receipt", "a.txt")
    assert (code, "no receipt of a.txt" in line) == (69, True)
    assert "delivered before this node kept receipts" in line


def test_several_jobs_of_a_name_are_listed(shelf: Sender) -> None:
    jobs = [shelf.drop("a.txt", b"%d" % number) for number in range(2)]
    for job in jobs:
        shelf.receipted(job)
    code, line = shelf.line.bad("receipt", "a.txt")
    assert code == 65
    assert f"say which of {jobs[1]}, {jobs[0]}" in line
    shelf.line.good("receipt", str(jobs[0]), "--to", "-")


def test_a_job_that_is_not_there_is_named(shelf: Sender) -> None:
    code, line = shelf.line.bad("receipt", "nothing.txt")
    assert (code, "there is no job 'nothing.txt'" in line) == (65, True)


def test_a_job_that_is_no_longer_in_the_history_has_none(shelf: Sender) -> None:
    database = shelf.node.database
    with database.transaction():
        database.execute(
            "INSERT INTO pruned_jobs SELECT 7777, 'old.txt', 'out', node, 5, 'F', 1.0 FROM peers"
        )
    for word in ("old.txt", "7777"):
        code, line = shelf.line.bad("receipt", word)
        assert (code, line.endswith("Its receipt went with it")) == (65, True)
        assert "old.txt (5 B, job 7777) to boat was delivered" in line


def test_a_removed_peer_leaves_no_certificate(shelf: Sender) -> None:
    shelf.receipted(shelf.drop("a.txt"))
    shelf.line.good("peer", "rm", "boat")
    fields = json.loads(shelf.line.good("receipt", "a.txt", "--to", "-"))
    assert fields["destination"]["certificate"] is None
    assert fields["source"]["certificate"] is not None


def test_the_words_of_the_group_are_explained(shelf: Sender) -> None:
    assert "verify FILE" in shelf.line.good("receipt", "--help")
    assert shelf.line("receipt").code == 64


def test_a_mistyped_word_is_named_and_not_taken_for_a_job(shelf: Sender) -> None:
    code, line = shelf.line.bad("receipt", "verfy", "a.receipt")
    assert code == 64
    assert "'verfy' is none of its words; did you mean verify?" in line
