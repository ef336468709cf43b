"""Receipts as they arrive at a source, for the tests."""

import json

from tests.sql.node import Node


def receipt(
    node: Node,
    verdict: int,
    missing: list[list[int]] | None = None,
    *,
    number: int = 77,
    signer: str = "there",
    destination: str = "there",
    epoch: str | None = None,
    sequence: int = 1,
    attempt: int = 1,
    reason: str | None = None,
) -> int:
    """Let a receipt (its own sequence is `number`) of `signer` with one word arrive.

    A destination that asks for ranges gives no reason.
    """
    if reason is None:
        reason = "" if verdict == 2 and signer == destination else "the disk is full"
    subject = [destination, epoch or node.epoch.hex(), sequence, attempt]
    word = [*subject, verdict, missing or [], reason]
    return node.arrived(7, signer, sequence=number, info=json.dumps({"words": [word]}))
