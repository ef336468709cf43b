"""Sanitising of received names: any bytes become one visible path component."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netrelay.core.file_names import NAMELESS, SAFE_NAME_MAX_BYTES, marked_name, safe_name
from netrelay.core.visible_text import is_visible

nasty = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(
        st.sampled_from([b".", b"-", b"/", b"\\", b" ", b"~", b"\n", b"\0", b"a", b"\xff"]),
        max_size=12,
    ).map(b"".join),
)


@given(nasty)
@example(b"x" * 239 + b". y")
@example(b" .hidden")
@example(b"x" * 239 + b" " + b"y" * 50)
@example(b"." * 300)
def test_any_bytes_become_one_visible_component(name: bytes) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= SAFE_NAME_MAX_BYTES
    assert "/" not in safe
    assert "\0" not in safe
    assert "\\" not in safe
    assert safe[0] not in ".-~ "
    assert safe == safe.strip()
    assert is_visible(safe)
    assert Path("folder", safe).parent == Path("folder")


@given(nasty)
def test_safe_name_is_idempotent(name: bytes) -> None:
    safe = safe_name(name)
    assert safe_name(safe.encode()) == safe


@given(nasty, st.integers(2, 10**9))
def test_a_numbered_name_differs_and_fits(name: bytes, number: int) -> None:
    safe = safe_name(name)
    numbered = marked_name(safe, str(number))
    assert numbered != safe
    assert f" ({number})" in numbered
    assert len(numbered.encode()) <= 255
    assert numbered[0] not in ".-~ "


@pytest.mark.parametrize("name", [b"", b".", b"..", b"...", b"/", b"a/", b" ", b"\0", b"a/.."])
def test_a_name_without_content_becomes_unnamed(name: bytes) -> None:
    assert safe_name(name) in (NAMELESS, "_")


def test_the_longest_names_can_be_created(tmp_path: Path) -> None:
    for name in (b"x" * 1000 + b".jpeg", "\N{GRINNING FACE}".encode() * 300, b"\xff" * 400):
        safe = safe_name(name)
        (tmp_path / safe).touch(exist_ok=False)
        (tmp_path / marked_name(safe, "99999")).touch(exist_ok=False)
    assert len(list(tmp_path.iterdir())) == 6
