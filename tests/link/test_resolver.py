"""Names are looked up beside the caller, who never waits and hears of every end."""

import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from netrelay.link.resolver import (
    ADDRESS_LIMIT,
    THREAD_LIMIT,
    WAITING_LIMIT,
    Resolved,
    Resolver,
    look_up,
)
from tests.link.pair import PATIENCE_S


class Lookup:
    """Names that hang until they are let go."""

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


def test_the_caller_is_told_when_an_answer_is_there(lookup: Lookup) -> None:
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
def test_a_name_without_address_is_an_answer_too(lookup: Lookup, name: str, error: str) -> None:
    lookup.go.set()
    resolver = Resolver(lookup)
    resolver.ask(name)
    assert answers_of(resolver, 1) == [Resolved(name, (), error)]
    resolver.close()


def test_a_name_that_is_being_looked_up_is_not_asked_for_twice(lookup: Lookup) -> None:
    resolver = Resolver(lookup)
    resolver.ask("a")
    resolver.ask("a")
    lookup.go.set()
    assert len(answers_of(resolver, 1)) == 1
    resolver.ask("a")
    assert len(answers_of(resolver, 1)) == 1
    assert lookup.asked == ["a", "a"]
    resolver.close()


def test_names_that_hang_do_not_hold_back_others_until_all_threads_hang(lookup: Lookup) -> None:
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


def test_more_names_than_anybody_has_are_refused(lookup: Lookup) -> None:
    resolver = Resolver(lookup)
    for number in range(THREAD_LIMIT + WAITING_LIMIT + 1):
        resolver.ask(f"name{number}")
    refused = answers_of(resolver, 1)
    assert all(answer.error == f"{WAITING_LIMIT} names are being looked up" for answer in refused)
    resolver.close()


def test_an_idle_resolver_has_no_threads(lookup: Lookup) -> None:
    # Those of the test before may still be ending.
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


def test_it_looks_up_more_names_in_its_life_than_it_has_threads(lookup: Lookup) -> None:
    lookup.go.set()
    resolver = Resolver(lookup)
    for number in range(3 * THREAD_LIMIT):
        resolver.ask(f"name{number}")
        assert answers_of(resolver, 1)[0].name == f"name{number}"
    resolver.close()


def test_it_can_be_closed_while_names_hang(lookup: Lookup) -> None:
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


def test_the_systems_own_lookup_is_asked() -> None:
    # A literal: a minimal Debian does not even know localhost.
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
    # An empty name is this machine to some resolvers; it must not raise, whatever it is.
    assert answer.error or answer.addresses
    resolver.close()
