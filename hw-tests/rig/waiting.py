"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Fact = TypeVar("Fact")


def wait_for(ask: Callable[[], Fact], what: str, *, within_s: float, every_s: float = 1.0) -> Fact:
    """Poll until the result is true and return it; AssertionError after the deadline."""
    deadline = time.monotonic() + within_s
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within {within_s:.0f} s; the last answer: {answer!r}")
        time.sleep(every_s)
