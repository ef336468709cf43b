"""What a receipt says of a content: round trips, and any other reason says nothing."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.content_word import ContentWord, decode_content_word, encode_content_word
from netrelay.core.visible_text import is_visible

HASH = bytes(range(32))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**32 - 1))
def test_a_word_comes_back(content_hash: bytes, signed_unix_s: int) -> None:
    word = ContentWord(content_hash, signed_unix_s)
    reason = encode_content_word(word)
    assert decode_content_word(reason) == word
    assert len(reason) == 48
    assert is_visible(reason)


def test_a_word_has_these_bytes() -> None:
    assert (
        encode_content_word(ContentWord(HASH, 1_800_000_000))
        == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9rSdIA"
    )


@pytest.mark.parametrize("time_s", [-1, 2**32])
def test_a_time_that_does_not_fit_is_not_known(time_s: int) -> None:
    assert decode_content_word(encode_content_word(ContentWord(HASH, time_s))) == (HASH, 0)


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="hash of 31 bytes, must have 32"):
        encode_content_word(ContentWord(HASH[1:], 0))


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "the disk is full",
        b64encode(bytes(35)).decode(),
        b64encode(bytes(37)).decode(),
        b64encode(bytes(34)).decode()[:-1] + "==",
        "-" * 48,
        "\u00e9" * 48,
        "A" * 47 + " ",
        b64encode(bytes(36)).decode() + "\n",
    ],
)
def test_another_reason_says_nothing_of_a_content(reason: str) -> None:
    assert decode_content_word(reason) is None


@given(st.text(max_size=200))
def test_any_reason_can_be_asked(reason: str) -> None:
    word = decode_content_word(reason)
    assert word is None or encode_content_word(word) == reason
