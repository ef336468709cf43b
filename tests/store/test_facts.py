"""Facts: one that is no transition is reported, and rolls back nothing else."""

from netrelay.store.facts import Facts
from tests.store.node import THERE, OpenNode


def test_a_fact_moves_its_message_in_the_name_of_the_process(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE)
    node.add_job(10)
    single = node.value("SELECT id FROM messages WHERE type = 1")
    assert isinstance(single, int)
    database = node.open("processor_s")
    with database.transaction():
        assert Facts(database, print).report(single, "handed")
        assert Facts(database, print).report(single, "nacked", "refused: NO_ROOM", 5_000.0)
    assert node.rows("SELECT state, reason, due_s FROM messages WHERE id = ?", single) == [
        ("S-4", "refused: NO_ROOM", 5_000.0)
    ]
    events = node.rows("SELECT event, actor, reason FROM events WHERE message = ?", single)
    assert events[1:] == [
        ("handed", "processor_s", None),
        ("nacked", "processor_s", "refused: NO_ROOM"),
    ]


def test_a_refused_fact_leaves_the_rest_of_the_commit(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE)
    first, second = node.add_job(10, "a"), node.add_job(10, "b")
    refused: list[str] = []
    database = node.open("processor_s")
    facts = Facts(database, refused.append)
    singles = [
        single
        for (single,) in node.rows("SELECT id FROM messages WHERE type = 1 ORDER BY id")
        if isinstance(single, int)
    ]
    with database.transaction():
        assert facts.report(singles[0], "handed")
        assert not facts.report(singles[0], "exported")
        assert not facts.report(999_999, "handed")
        assert not facts.report(first, "no such event")
        assert facts.report(singles[1], "handed")
    assert [text.split(":")[0] for text in refused] == ["no such move"] * 3
    assert node.rows("SELECT state FROM messages WHERE type = 1") == [("S-4W",), ("S-4W",)]
    assert node.rows("SELECT id FROM messages WHERE type = 6") == [(first,), (second,)]


def test_of_many_facts_only_the_refused_ones_are_left_out(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE)
    for number in range(4):
        node.add_job(10, str(number))
    singles = [
        single
        for (single,) in node.rows("SELECT id FROM messages WHERE type = 1 ORDER BY id")
        if isinstance(single, int)
    ]
    refused: list[str] = []
    database = node.open("processor_s")
    facts = Facts(database, refused.append)
    with database.transaction():
        facts.report_all([999_998, singles[0], 999_999, *singles[1:3], 999_997], "handed", "why")
    assert [text.split()[4] for text in refused] == ["999998", "999999", "999997"]
    assert node.rows("SELECT state, reason FROM messages WHERE type = 1 ORDER BY id") == [
        *[("S-4W", "why")] * 3,
        ("S-4", None),
    ]


def test_a_process_cannot_report_anothers_fact(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE)
    node.add_job(10)
    single = node.value("SELECT id FROM messages WHERE type = 1")
    assert isinstance(single, int)
    refused: list[str] = []
    database = node.open("exporter")
    with database.transaction():
        assert not Facts(database, refused.append).report(single, "handed")
    assert len(refused) == 1
