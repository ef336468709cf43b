"""Keys and metadata of objects in a store."""

import re

import pytest

from netrelay.core.store_object import (
    METADATA_MAX_BYTES,
    encoded_name,
    is_key_for,
    metadata_headers,
    name_values,
    object_key,
    percent_encoded,
)

SOURCE, OWN, OTHER = "a" * 32, "b" * 32, "c" * 32
EPOCH = bytes(range(8))


def test_a_key_is_the_identity_without_the_attempt() -> None:
    identity = f"{SOURCE}/{OWN}/0001020304050607/7"
    assert object_key("", SOURCE, OWN, EPOCH, 7) == identity
    assert object_key("in/2026", SOURCE, OWN, EPOCH, 7) == f"in/2026/{identity}"


def test_files_of_one_source_for_two_nodes_have_two_keys() -> None:
    # The sequence counts for each destination: without it two hubs would write one object.
    assert object_key("", SOURCE, OWN, EPOCH, 7) != object_key("", SOURCE, OTHER, EPOCH, 7)


@pytest.mark.parametrize("prefix", ["", "in", "in/2026"])
def test_only_keys_of_its_own_are_its_own(prefix: str) -> None:
    assert is_key_for(object_key(prefix, SOURCE, OWN, EPOCH, 7), prefix, OWN)
    for key in (
        object_key(prefix, SOURCE, OTHER, EPOCH, 7),
        object_key(prefix, OWN, OTHER, EPOCH, 7),
        object_key("other", SOURCE, OWN, EPOCH, 7) + "/more",
        f"{OWN}/backup",
        "",
    ):
        assert not is_key_for(key, prefix, OWN)
    if prefix:
        assert not is_key_for(object_key("", SOURCE, OWN, EPOCH, 7), prefix, OWN)


def test_names_are_ascii_and_bounded() -> None:
    assert encoded_name("a b/é\r\n\x7f.txt") == "a%20b%2F%C3%A9%0D%0A%7F.txt"
    longest = encoded_name("é" * 500)
    assert longest == "%C3%A9" * 170
    assert re.fullmatch(r"[!-~]*", encoded_name("\udcff" + chr(0x10FFFF)))


def test_a_long_name_has_several_values() -> None:
    assert name_values("a b") == {"name": "a%20b"}
    assert name_values("") == {"name": ""}
    values = name_values("é" * 127)
    assert list(values) == ["name", "name-2", "name-3"]
    assert max(map(len, values.values())) == 256
    assert "".join(values.values()) == encoded_name("é" * 127)
    assert list(name_values("é" * 500)) == ["name", "name-2", "name-3", "name-4"]


def test_metadata_is_bounded() -> None:
    assert metadata_headers({"name": "a"}) == {"x-amz-meta-netrelay-name": "a"}
    with pytest.raises(ValueError, match=f"at most {METADATA_MAX_BYTES}"):
        metadata_headers({"name": "a" * METADATA_MAX_BYTES})


def test_what_is_not_reserved_stays() -> None:
    assert percent_encoded("~a_b.c-d") == "~a_b.c-d"
