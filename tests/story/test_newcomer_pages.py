"""What counts as an answer when .ci/newcomer-page types a page at the node of another user."""

import pytest

from tests.newcomer.pages import NOT_PERMITTED, is_told_what_to_type
from tests.newcomer.terminal import UnansweredError

REFUSAL = [
    "netrelay: /var/lib/netrelay belongs to the user netrelay: type `sudo netrelay pause boat`"
]
PIPE = "netrelay sql --csv 'SELECT 1' | tail -n +2"


@pytest.mark.parametrize(
    ("line", "status", "answer", "must_be_told", "expected"),
    [
        ("netrelay status", 0, ["all well"], False, False),
        ("netrelay pause boat", NOT_PERMITTED, REFUSAL, True, True),
        (PIPE, 0, REFUSAL, True, True),
        ("netrelay status", 0, ["all well"], True, None),
        ("netrelay pause boat", NOT_PERMITTED, ["netrelay: Permission denied"], True, None),
        ("netrelay pause boat", 1, REFUSAL, False, None),
        ("netrelay pause boat", 0, REFUSAL, True, None),
        (PIPE, 0, [], True, None),
    ],
)
def test_a_refusal_counts_only_with_what_to_type(
    line: str, status: int, answer: list[str], must_be_told: bool, expected: bool | None
) -> None:
    if expected is None:
        with pytest.raises(UnansweredError):
            is_told_what_to_type(line, status, answer, must_be_told=must_be_told)
    else:
        told = is_told_what_to_type(line, status, answer, must_be_told=must_be_told)
        assert told is expected
