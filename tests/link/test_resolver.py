"""Resolver: lookups in threads, with an answer for every name."""

import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from netrelay.link.resolver import (
    ADDRESS_LIMIT,
    QUEUE_LIMIT,
    THREAD_LIMIT,
    Resolved,
    Resolver,
    look_up,
)
from tests.link.pair import PATIENCE_S


class Lookup:
    """A lookup that blocks until `go` is set."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[str] = []

    def __call__(self, name: str) -> tuple[str, ...]:
        self.asked.append(name)
        assert self.go.wait(PATIENCE_S)
        if name == "absent":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if name == "unspeakable":
            raise UnicodeError("label too long")
        return () if name == "empty" else (f"{name}-address",)


@pytest.fixture
def lookup() -> Iterator[Lookup]:
    lookup = Lookup()
    yield lookup
    lookup.go.set()


def answers_of(resolver: Resolver, count: int) -> list[Resolved]:
    found: list[Resolved] = []
    last = time.monotonic() + PATIENCE_S
    while len(found) < count:
        assert time.monotonic() < last, f"only {found}"
        select.select([resolver], [], [], 0.1)
        found += resolver.answers()
    return found


def threads_since(before: set[threading.Thread]) -> set[threading.Thread]:
    return set(threading.enumerate()) - before


def is_readable(resolver: Resolver) -> bool:
    return bool(select.select([resolver], [], [], 0)[0])


def test_the_descriptor_is_readable_once_an_answer_is_available(lookup: Lookup) -> None:
    resolver = Resolver(lookup)
    resolver.ask("kitchen.local")
    assert not is_readable(resolver)
    assert resolver.answers() == []
    lookup.go.set()
    assert answers_of(resolver, 1) == [Resolved("kitchen.local", ("kitchen.local-address",), "")]
    assert not is_readable(resolver)
    resolver.close()


def test_a_literal_address_needs_no_look_up(lookup: Lookup) -> None:
    resolver = Resolver(lookup)
    for literal in ("192.0.2.7", "2001:db8::7"):
        resolver.ask(literal)
        assert is_readable(resolver)
        assert resolver.answers() == [Resolved(literal, (literal,), "")]
    assert lookup.asked == []
    resolver.close()


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("absent", "absent: Name or service not known"),
        ("unspeakable", "unspeakable: label too long"),
        ("empty", "empty: has no address"),
    ],
)
def test_a_failed_lookup_is_an_answer_with_an_error(lookup: Lookup, name: str, error: str) -> None:
    lookup.go.set()
    resolver = Resolver(lookup)
    resolver.ask(name)
    assert answers_of(resolver, 1) == [Resolved(name, (), error)]
    resolver.close()


def test_concurrent_requests_for_a_name_share_one_lookup(lookup: Lookup) -> None:
    resolver = Resolver(lookup)
    resolver.ask("a")
    resolver.ask("a")
    lookup.go.set()
    assert len(answers_of(resolver, 1)) == 1
    resolver.ask("a")
    assert len(answers_of(resolver, 1)) == 1
    assert lookup.asked == ["a", "a"]
    resolver.close()


def test_blocked_lookups_delay_others_only_when_all_threads_are_blocked(lookup: Lookup) -> None:
    resolver = Resolver(lookup)
    names = [f"name{number}" for number in range(THREAD_LIMIT + 3)]
    for name in names:
        resolver.ask(name)
    last = time.monotonic() + PATIENCE_S
    while len(lookup.asked) < THREAD_LIMIT:
        assert time.monotonic() < last
    assert len(lookup.asked) == THREAD_LIMIT
    lookup.go.set()
    assert sorted(answer.name for answer in answers_of(resolver, len(names))) == names
    resolver.close()


def test_names_beyond_the_queue_limit_are_refused(lookup: Lookup) -> None:
    resolver = Resolver(lookup)
    for number in range(THREAD_LIMIT + QUEUE_LIMIT + 1):
        resolver.ask(f"name{number}")
    refused = answers_of(resolver, 1)
    assert all(answer.error == f"{QUEUE_LIMIT} names are being looked up" for answer in refused)
    resolver.close()


def test_an_idle_resolver_has_no_threads(lookup: Lookup) -> None:
    # Threads of the test before may still be ending.
    before = set(threading.enumerate())
    resolver = Resolver(lookup)
    assert threads_since(before) == set()
    lookup.go.set()
    resolver.ask("a")
    answers_of(resolver, 1)
    for thread in threads_since(before):
        thread.join(PATIENCE_S)
    assert threads_since(before) == set()
    resolver.close()


def test_threads_are_started_again_for_later_names(lookup: Lookup) -> None:
    lookup.go.set()
    resolver = Resolver(lookup)
    for number in range(3 * THREAD_LIMIT):
        resolver.ask(f"name{number}")
        assert answers_of(resolver, 1)[0].name == f"name{number}"
    resolver.close()


def test_close_does_not_wait_for_blocked_lookups(lookup: Lookup) -> None:
    before = set(threading.enumerate())
    resolver = Resolver(lookup)
    resolver.ask("a")
    resolver.close()
    resolver.close()
    assert resolver.answers() == []
    resolver.ask("b")
    lookup.go.set()
    for thread in threads_since(before):
        thread.join(PATIENCE_S)
    assert threads_since(before) == set()
    assert "b" not in lookup.asked


def test_look_up_uses_the_resolver_of_the_system() -> None:
    # A literal: a minimal Debian does not resolve localhost.
    assert look_up("127.0.0.1") == ("127.0.0.1",)


def test_addresses_are_unique_bounded_and_keep_their_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = (socket.SOCK_STREAM, 6, "")
    found = [
        (socket.AF_INET6, *stream, ("fe80::1", 0, 0, 2)),
        (socket.AF_INET6, *stream, ("2001:db8::1", 0, 0, 0)),
        *[(socket.AF_INET, *stream, ("192.0.2.1", 0))] * 2,
        *[(socket.AF_INET, *stream, (f"192.0.2.{n}", 0)) for n in range(2, 30)],
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    addresses = look_up("kitchen.local")
    assert addresses[:4] == ("fe80::1%2", "2001:db8::1", "192.0.2.1", "192.0.2.2")
    assert len(addresses) == ADDRESS_LIMIT


@pytest.mark.parametrize("name", ["", "a\0b", "a" * 300, "ä" * 80, ".."])
def test_a_name_that_cannot_be_one_is_an_answer_with_a_reason(name: str) -> None:
    resolver = Resolver()
    resolver.ask(name)
    (answer,) = answers_of(resolver, 1)
    assert answer.name == name
    # Some resolvers return this machine for an empty name.
    assert answer.error or answer.addresses
    resolver.close()
