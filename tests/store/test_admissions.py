"""The view `admissions`: a row for each question, with the first right or route that is missing."""

import itertools

import pytest

from netrelay.core.words import Refusal
from netrelay.store.admissions import (
    AdmissionQuestion,
    Missing,
    counted_bytes,
    kept_bytes,
    missing_for,
    whole_bytes,
)
from tests.store.node import HERE, OTHER, THERE, OpenNode, file_of, identity

SINGLE = 1
FOURTH = "fourth"


def missing(node: OpenNode, entry: AdmissionQuestion) -> Missing | None:
    """Return what one message lacks."""
    (found,) = missing_for(node.open("processor_r"), [entry])
    return found


@pytest.fixture
def known(node: OpenNode) -> OpenNode:
    """A node with two neighbours, and no right given."""
    node.know(THERE)
    node.know(OTHER)
    return node


@pytest.mark.parametrize(
    ("entry", "expected", "granted"),
    [
        (
            AdmissionQuestion(THERE, FOURTH, HERE),
            Missing(Refusal.NOT_PERMITTED, "peer", FOURTH, None),
            None,
        ),
        (
            AdmissionQuestion(THERE, THERE, HERE),
            Missing(Refusal.NOT_PERMITTED, "deliver", THERE, None),
            (THERE, "deliver", ""),
        ),
        (
            AdmissionQuestion(OTHER, THERE, HERE),
            Missing(Refusal.NOT_PERMITTED, "carry", OTHER, THERE),
            (OTHER, "carry", THERE),
        ),
        (
            AdmissionQuestion(THERE, THERE, OTHER),
            Missing(Refusal.NOT_PERMITTED, "relay", THERE, None),
            (THERE, "relay", ""),
        ),
    ],
)
def test_each_right_is_asked_for(
    known: OpenNode,
    entry: AdmissionQuestion,
    expected: Missing,
    granted: tuple[str, str, str] | None,
) -> None:
    assert missing(known, entry) == expected
    if granted is not None:
        known.write("INSERT INTO rights VALUES (?, ?, ?)", *granted)
        assert missing(known, entry) != expected


@pytest.mark.parametrize("destination", [HERE, OTHER])
def test_a_forged_source_is_not_what_lacks_a_right(known: OpenNode, destination: str) -> None:
    """Before, `check` advised to give a right to a node that had sent nothing."""
    assert missing(known, AdmissionQuestion(OTHER, THERE, destination)) == Missing(
        Refusal.NOT_PERMITTED, "carry", OTHER, THERE
    )


def test_a_route_has_to_lead_on(known: OpenNode) -> None:
    known.write("INSERT INTO rights VALUES (?, 'relay', '')", THERE)
    known.write("INSERT INTO rights VALUES (?, 'carry', ?)", OTHER, THERE)
    assert missing(known, AdmissionQuestion(THERE, THERE, OTHER)) is None
    assert missing(known, AdmissionQuestion(OTHER, THERE, OTHER)) == Missing(
        Refusal.NO_ROUTE, "other-route", OTHER, OTHER
    )
    assert missing(known, AdmissionQuestion(THERE, THERE, FOURTH)) == Missing(
        Refusal.NO_ROUTE, "route", None, FOURTH
    )


def test_a_receipt_answers_what_was_let_through(known: OpenNode) -> None:
    assert missing(known, AdmissionQuestion(THERE, THERE, HERE, is_receipt=True)) is None
    # Whom we send to may bring any receipt.
    assert missing(known, AdmissionQuestion(OTHER, THERE, HERE, is_receipt=True)) is None
    known.write("UPDATE peers SET via = NULL WHERE node = ?", OTHER)
    assert missing(known, AdmissionQuestion(OTHER, THERE, HERE, is_receipt=True)) is not None
    known.write("UPDATE peers SET via = node WHERE node = ?", OTHER)
    assert missing(known, AdmissionQuestion(THERE, THERE, OTHER, is_receipt=True)) is not None
    known.write("INSERT INTO rights VALUES (?, 'relay', '')", OTHER)
    assert missing(known, AdmissionQuestion(THERE, THERE, OTHER, is_receipt=True)) is None
    assert missing(known, AdmissionQuestion(THERE, THERE, OTHER)) is not None


def test_many_are_asked_at_once(known: OpenNode) -> None:
    nodes = (THERE, OTHER, FOURTH)
    entries = [
        AdmissionQuestion(*each)
        for each in itertools.product(nodes[:2], nodes, (HERE, *nodes), (False, True))
    ]
    database = known.open("processor_r")
    assert missing_for(database, entries) == [missing(known, entry) for entry in entries]
    assert missing_for(database, []) == []


def test_a_quota_counts_what_is_not_in_the_inbox_and_what_is_carried(node: OpenNode) -> None:
    node.know(THERE)
    node.know(OTHER)
    node.agree(OTHER)
    database = node.open("processor_r")
    assert kept_bytes(database, THERE, THERE) == 0
    node.arrive(SINGLE, 1, **file_of("name", 1_000))
    node.arrive(SINGLE, 2, **file_of("name", 200))
    node.add_job(50_000)  # a file of this node counts for nobody
    # Two blocks each, at least.
    assert kept_bytes(database, THERE, THERE) == 16_384
    assert whole_bytes(database, identity(2), THERE) == 8_192
    assert whole_bytes(database, identity(2, attempt=3), THERE) == 0
    assert kept_bytes(database, OTHER, OTHER) == 0
    node.write("INSERT INTO facts VALUES (1, 'cancelled', 'person', NULL, NULL)")
    assert kept_bytes(database, THERE, THERE) == 8_192
    for offset in (0, 65_536):
        node.arrive(
            *(2, 3),
            destination=OTHER,
            envelope=b"envelope",
            salt=b"salt",
            offset=offset,
            size_bytes=65_536,
            total_bytes=65_537,
        )
    assert kept_bytes(database, THERE, THERE) == 8_192 + counted_bytes(65_537 + 2 * 16)
    # What another peer brings of it counts by itself.
    assert kept_bytes(database, THERE, OTHER) == 0


@pytest.mark.parametrize("size_bytes", [0, 1, 4_096, 8_191, 8_192, 8_193, 65_536, 2**40 + 1])
def test_the_view_counts_a_whole_as_it_was_promised(node: OpenNode, size_bytes: int) -> None:
    node.know(THERE)
    node.arrive(SINGLE, 1, **file_of("name", size_bytes))
    counted = counted_bytes(size_bytes)
    assert kept_bytes(node.open("processor_r"), THERE, THERE) == counted
    assert counted % 4_096 == 0
    assert max(size_bytes, 8_192) <= counted < max(size_bytes + 4_096, 8_193)
