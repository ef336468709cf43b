"""A relay loses its disk, and a file with it: what the relays had signed says who held it last."""

import json
import os
import shutil
from pathlib import Path

from tests.story.nodes import MIB, Homes, RunningNode, wait_for
from tests.story.relays import row_of
from tests.story.test_receipts import verify

DUE = "UPDATE custody SET due_s = 0 WHERE due_s > 0"


def say_now(*relays: RunningNode) -> None:
    """Let the minute pass for which relays wait before they say what they took."""
    for relay in relays:
        relay.wait_for_rows("SELECT 1 FROM custody")
        relay.change(DUE, "SELECT wake('processor_s')")


def test_the_last_holder_is_known_when_a_relay_has_lost_its_disk(
    homes: Homes, tmp_path: Path
) -> None:
    row = row_of(homes, "alba", "brno", "bari", "cork")
    alba, brno, bari, cork = row
    alba.configure(custody=True)
    row.start()
    bari.line.good("pause", "cork")
    alba.drop("cork", "photo.jpg", os.urandom(MIB))
    bari.wait_for_rows("SELECT 1 FROM custody")
    brno.wait_for_rows("SELECT 1 FROM custody WHERE next_hop IS NOT NULL")
    say_now(brno, bari)
    wait_for("both words", lambda: alba.number("SELECT count(*) FROM custody_words") == 2)
    cards = [word for node in (alba, brno, bari) for word in ("--card", node.write_card())]
    (lost_id,) = bari.rows("SELECT node FROM selfinfo")[0]

    bari.kill_up()
    shutil.rmtree(bari.home.path)
    bari.line.good("init", "bari")
    said = alba.line.good("receipt", "custody", "photo.jpg")
    first, second, third, last = said.splitlines()
    assert first == "alba gave it to brno."
    assert second.startswith("brno signed that it took all of it")
    assert "from alba" in second
    assert ", and that bari acknowledged all of it" in second
    assert third.startswith("bari signed that it took all of it")
    assert "from brno" in third
    assert last.startswith("Held last by bari: it signed that it took all of it")
    fields = json.loads(alba.line.good("receipt", "custody", "photo.jpg", "--json"))
    assert fields["last_holder"] == lost_id
    assert "Held last by bari" in alba.line.good("why", "photo.jpg")
    assert "Held last by bari" in alba.line.good("trace", "photo.jpg")

    written = tmp_path / "photo.custody"
    alba.line.good("receipt", "custody", "photo.jpg", "--to", str(written))
    proved = verify(tmp_path, written, *cards)
    assert proved.returncode == 0, proved.stderr
    assert last in proved.stdout
    word = json.loads(written.read_text())["words"][0]["word"]
    at = len(word) // 2
    changed = word[:at] + ("A" if word[at] != "A" else "B") + word[at + 1 :]
    written.write_text(written.read_text().replace(word, changed))
    refused = verify(tmp_path, written, *cards)
    assert refused.returncode == 65
    assert "is not signed by it" in refused.stderr
    assert [node.errors() for node in (alba, brno, cork)] == [[]] * 3
