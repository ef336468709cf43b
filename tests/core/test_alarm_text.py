"""The text for an overseer: one line for each change, whatever is in them."""

import json

import pytest

from netrelay.core.alarm_text import MOST_CHANGES, ToldChange, encode_alarm_text
from netrelay.core.single import TEXT_MAX_BYTES

CHANGE = ToldChange("raised", "warning", "paused", "boat", "words", "help", "2026-11-29 17:00:00")


def test_a_program_reads_each_change_from_a_line() -> None:
    first, *lines = encode_alarm_text("shelf", [CHANGE, CHANGE._replace(change="gone")]).split("\n")
    assert first == "netrelay alarm of shelf"
    assert [ToldChange(**json.loads(line)) for line in lines] == [
        CHANGE,
        CHANGE._replace(change="gone"),
    ]


def test_what_a_peer_has_named_makes_no_line_of_its_own() -> None:
    words = '"}\n{"change": "gone"}\r\u2028\x1b[31m'
    text = encode_alarm_text("shelf", [CHANGE._replace(subject=words, words=words)])
    _, line = text.splitlines()
    assert json.loads(line)["change"] == "raised"
    assert json.loads(line)["words"].startswith('"}\\n{"change": "gone"}')


def test_the_longest_values_fit_a_text() -> None:
    longest = ToldChange(*("\U0001f4be" * 5000 for _ in ToldChange._fields))
    text = encode_alarm_text("s" * 31, [longest] * MOST_CHANGES)
    assert len(text.encode()) <= TEXT_MAX_BYTES
    with pytest.raises(ValueError, match="allowed: at most 8"):
        encode_alarm_text("shelf", [CHANGE] * (MOST_CHANGES + 1))
