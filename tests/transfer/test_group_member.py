"""Members of a group open what is for it, and sign as the group."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from netrelay.core.single import encode_text
from netrelay.core.words import Refusal
from netrelay.seal.group_file import decode_group_file, encode_group_file, keep_group
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.identity import Identity
from netrelay.store.held_groups import add_group, remove_group
from tests.transfer.linked_pair import (
    SEGMENT,
    Pair,
    TestNode,
    frame_of,
    info_words,
    messages_of,
    refusals,
)

CONTENTS = {b"small": b"s" * 1000, b"large": b"l" * (3 * SEGMENT + 7)}


class Name(NamedTuple):
    """What tests send to: a group, by its name and node id."""

    name: str
    id: str


class Group(NamedTuple):
    """A source, two members, and the group."""

    pair: Pair
    second: TestNode
    name: TestNode


def held(node: TestNode, identity: Identity) -> None:
    with node.databases["processor_s"].transaction():
        add_group(node.databases["processor_s"], identity.node_id, "hq")


@pytest.fixture
def group(pair: Pair, tmp_path: Path) -> Iterator[Group]:
    """Two nodes, another member, and the group hq by the first member."""
    first, second = pair.destination, TestNode(tmp_path, "cork")
    for member in (first, second):
        member.home.groups.mkdir()
    identity = keep_group(first.home.groups, None)
    _, contents = decode_group_file(encode_group_file(identity, "hq"))
    keep_group(second.home.groups, contents)
    second.know(pair.source, "deliver")
    second.agree(pair.source)
    pair.source.know(second)
    pair.source.agree(second)
    for member in (first, second):
        held(member, identity)
    pair.source.know_group(identity, "hq", first)
    yield Group(pair, second, cast(TestNode, Name("hq", identity.node_id)))
    second.close()


def test_what_is_for_the_group_and_for_the_member_has_the_same_numbers(group: Group) -> None:
    source, member = group.pair.source, group.pair.destination
    for other in (group.name, member):
        for name, content in CONTENTS.items():
            source.drop_file(other, name + other.name.encode(), content)
        source.add_texts(other, encode_text(f"for {other.name}", 0))
    assert group.pair.finish() == []
    source.time_s += 60
    group.pair.finish()
    found = {
        (name + other.name.encode()).decode(): content
        for other in (group.name, member)
        for name, content in CONTENTS.items()
    }
    assert member.inbox(source) == found
    assert sorted(member.texts()) == ["for brno", "for hq"]
    assert source.states(6) == ["F"] * 4
    assert len(set(source.rows("SELECT epoch, sequence FROM files"))) < 4, "the same numbers"
    # The group and the member sign for themselves, each with dense numbers.
    signers = source.rows(
        "SELECT source, min(sequence), count(*) FROM messages WHERE type = 7 GROUP BY 1"
    )
    assert {signer for signer, _, _ in signers} == {member.id, group.name.id}
    words = {str(word[0]) for word in info_words(source) if isinstance(word, list)}
    assert words == {member.id, group.name.id}


def test_what_two_members_took_is_one_job_at_its_source(group: Group) -> None:
    source, first, second = group.pair.source, group.pair.destination, group.second
    source.drop_file(group.name, b"large", CONTENTS[b"large"])
    frames = [sent.payload for sent in source.give_away(first)]
    for member in (first, second):
        assert set(refusals(member.take(source, frames))) == {None}
        assert member.deliver() == ["large"]
    second.say_receipts()
    receipts = [sent.payload for sent in second.fill(source)]
    assert set(refusals(source.take(second, receipts))) == {None}
    assert source.states(6) == ["F"]
    group.pair.answer()
    assert source.states(6) == ["F"]
    assert source.refused == []


def test_without_the_keys_of_the_group_nothing_of_it_is_lost(group: Group) -> None:
    source, member = group.pair.source, group.pair.destination
    keys = member.home.groups / group.name.id
    keys.rename(member.home.groups / "away")
    for name, content in CONTENTS.items():
        source.drop_file(group.name, name, content)
    refused = group.pair.send()
    assert set(refused) == {Refusal.HELD}
    assert member.deliver() == []
    assert "D" not in source.states(6) + source.states(1) + source.states(3)
    (member.home.groups / "away").rename(keys)
    for _ in range(4):
        source.time_s += 60
        group.pair.finish()
    assert member.inbox(source) == {name.decode(): content for name, content in CONTENTS.items()}
    assert source.states(6) == ["F", "F"]


def test_what_is_owed_waits_while_the_keys_are_away(group: Group) -> None:
    """The receipts of the member itself are not held up, and nothing is tried again and again."""
    source, member = group.pair.source, group.pair.destination
    for other in (group.name, member):
        source.drop_file(other, other.name.encode(), CONTENTS[b"large"])
    assert group.pair.send() == []
    assert sorted(member.deliver()) == ["brno", "hq"]
    keys = member.home.groups / group.name.id
    keys.rename(member.home.groups / "away")
    member.start_source()
    assert group.pair.answer() == []
    assert sorted(source.states(6)) == ["F", "S-2W"]
    owed = "SELECT destination, verdict FROM receipts_due"
    assert member.rows(owed) == [(group.name.id, 1)]
    assert member.own.owed_nodes() == []
    (member.home.groups / "away").rename(keys)
    assert member.own.owed_nodes() == [source.id]
    assert group.pair.answer() == []
    assert source.states(6) == ["F", "F"]


def test_a_node_that_has_left_takes_nothing_of_the_group(group: Group) -> None:
    source, member = group.pair.source, group.pair.destination
    source.drop_file(group.name, b"large", CONTENTS[b"large"])
    manifest, *_chunks = source.fill(member)
    assert refusals(member.take(source, [manifest.payload])) == [None]
    with member.databases["processor_s"].transaction():
        remove_group(member.databases["processor_s"], group.name.id)
    # What had come in part has ended.
    assert member.states(3) == ["D"]
    (refused,) = refusals(member.take(source, [manifest.payload]))
    assert refused is Refusal.NOT_PERMITTED


def test_a_node_that_leaves_between_judgement_and_commit_stores_nothing(group: Group) -> None:
    source, member = group.pair.source, group.pair.destination
    source.add_texts(group.name, encode_text("the key comes with it", 0))
    assert group.pair.finish() == []
    source.add_texts(group.name, encode_text("for hq", 0))
    for name, content in CONTENTS.items():
        source.drop_file(group.name, name, content)
    judged = member.judge(source, [sent.payload for sent in source.fill(member)])
    assert {each.refused for frame in judged for each in frame.judgements} == {None}
    with member.databases["processor_s"].transaction():
        remove_group(member.databases["processor_s"], group.name.id)
    assert set(refusals(member.store(judged))) == {Refusal.HELD}
    assert set(member.states(1) + member.states(2) + member.states(3)) == {"F"}
    assert list(member.home.staging.iterdir()) == []


def test_what_was_carried_for_a_group_is_no_delivery_of_a_member(
    pair: Pair, tmp_path: Path
) -> None:
    """A relay of the group becomes a member: a repeat of what it carried is taken anew."""
    source, relay, next_member = pair.source, pair.destination, TestNode(tmp_path, "cork")
    relay.home.groups.mkdir()
    identity = keep_group(relay.home.groups, None)
    group = cast(TestNode, Name("hq", identity.node_id))
    for node, hop in ((source, relay), (relay, next_member)):
        if node is relay:
            relay.know(next_member)
            relay.agree(next_member, SEGMENT)
        node.know_group(identity, "hq", hop)
    relay.allow(source, "relay")
    relay.refresh()
    # One half was passed on, the other half waits.
    for half in range(2):
        for name, content in CONTENTS.items():
            source.drop_file(group, name + b"%d" % half, content)
        source.add_texts(group, encode_text(f"text {half}", 0))
        assert pair.send() == []
        if half == 0:
            relay.give_away(next_member, SEGMENT)
    carried = "SELECT DISTINCT state FROM messages WHERE destination = ? AND parent = 0 ORDER BY 1"
    assert relay.rows(carried, group.id) == [("F",), ("S-2W",), ("S-4",)]
    source.add_texts(group, encode_text("judged before the node is a member", 0))
    frames = source.fill(relay)
    judged = relay.judge(source, [sent.payload for sent in frames])
    source.lose(frames)
    relay.write("DELETE FROM peers WHERE node = ?", group.id)
    relay.write(
        "INSERT INTO receipts_due VALUES (?, ?, x'01', 99, 1, 3, 0, 'could not carry it on')",
        *(source.id, group.id),
    )
    held(relay, identity)
    assert set(refusals(relay.store(judged))) == {Refusal.HELD}
    assert relay.rows(carried, group.id) == []
    assert relay.rows("SELECT * FROM receipts_due") == []
    relay.inbound.sweep()
    assert list(relay.home.spool.iterdir()) == []
    relay.refresh()
    for _ in range(6):
        source.time_s += 700
        pair.finish()
    assert relay.inbox(source) == {
        (name + b"%d" % half).decode(): content
        for half in range(2)
        for name, content in CONTENTS.items()
    }
    assert sorted(relay.texts()) == ["judged before the node is a member", "text 0", "text 1"]
    assert source.states(6) == ["F"] * 4
    next_member.close()


def test_what_was_in_a_member_that_left_and_carried_is_no_delivery_when_it_joins_again(
    group: Group, tmp_path: Path
) -> None:
    """What it had in part, or complete, when it left keeps a file: its repeats are carried on."""
    source, member = group.pair.source, group.pair.destination
    database, identity = member.databases["processor_s"], GroupKeys(member.home.groups)
    keys = identity.find(group.name.id)
    assert keys is not None
    for name, content in CONTENTS.items():
        source.drop_file(group.name, name, content)
    frames = source.fill(member)
    for sent in frames:
        messages = [frame_of(each) for each in messages_of([sent])]
        assert set(refusals(member.take(source, messages[:2]))) == {None}
    source.lose(frames)
    with database.transaction():
        remove_group(database, group.name.id)
    next_member = TestNode(tmp_path, "next")
    member.know(next_member)
    member.agree(next_member, SEGMENT)
    member.know_group(keys, "hq", next_member)
    member.allow(source, "relay")
    member.refresh()
    for _ in range(3):
        source.time_s = member.time_s = source.time_s + 700
        group.pair.finish()
        member.give_away(next_member, SEGMENT)
    ended = "SELECT DISTINCT type, state FROM messages WHERE destination = ? AND parent = 0"
    assert set(member.rows(ended, group.name.id)) >= {(1, "F"), (3, "F")}
    assert source.states(6) == ["S-2W", "S-2W"]
    member.write("DELETE FROM peers WHERE node = ?", group.name.id)
    held(member, keys)
    member.refresh()
    source.time_s = member.time_s = source.time_s + 700
    group.pair.send()
    assert member.rows("SELECT * FROM receipts_due WHERE verdict = 1") == []
    for _ in range(6):
        source.time_s = member.time_s = source.time_s + 700
        group.pair.finish()
    assert member.inbox(source) == {name.decode(): content for name, content in CONTENTS.items()}
    assert source.states(6) == ["F", "F"]
    next_member.close()
