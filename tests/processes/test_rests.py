"""Connections of a node that calls on a schedule: when one on which nothing moves ends."""

from time import monotonic
from types import SimpleNamespace
from typing import Any

from netrelay.ring.records import Connect
from netrelay.runtime.accepted_link import AcceptedLink
from netrelay.runtime.dialled_link import DialledLink

REST_S = 10
IDLE: Any = SimpleNamespace(is_idle=True)


def test_a_call_that_is_open_and_idle_at_the_first_look_does_not_end_at_once() -> None:
    accepted = AcceptedLink(IDLE, IDLE, monotonic(), "192.0.2.1", "boat")
    accepted.is_reported, accepted.rest_s = True, REST_S
    assert not accepted.rests(monotonic(), moved=False)
    assert accepted.rests(monotonic() + REST_S, moved=False)


def test_nor_does_a_connection_that_was_dialled() -> None:
    asked = Connect("boat", 2, ["192.0.2.1"], [7412], 1, 65536, 1, rest_s=REST_S)
    dialled = DialledLink(asked, "192.0.2.1", IDLE, IDLE, monotonic())
    dialled.is_reported = True
    assert not dialled.rests(monotonic())
    assert dialled.rests(monotonic() + REST_S)
