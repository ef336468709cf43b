"""The vectors compared with the code, the generator and the protocol document."""

import json
from pathlib import Path
from typing import Any

import pytest

from netrelay.core.words import WireError
from tests.vectors.generate import PROTOCOL, meaning_text, protocol_text, vectors
from tests.vectors.pair import Vector
from tests.vectors.readers import READERS

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.bin"))


def read_pair(name: str) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of a vector and the content of its JSON file."""
    meaning: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return (HERE / f"{name}.bin").read_bytes(), meaning


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("valid-")])
def test_a_valid_vector_decodes_to_its_value(name: str) -> None:
    data, meaning = read_pair(name)
    assert READERS[meaning["format"]](data, meaning) == meaning["value"]


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("invalid-")])
def test_an_invalid_vector_is_refused_with_its_code(name: str) -> None:
    data, meaning = read_pair(name)
    with pytest.raises(WireError) as raised:
        READERS[meaning["format"]](data, meaning)
    assert raised.value.refusal.name == meaning["refusal"]


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector.name)
def test_the_generator_reproduces_every_file(vector: Vector) -> None:
    assert (HERE / f"{vector.name}.bin").read_bytes() == vector.data
    assert (HERE / f"{vector.name}.json").read_text(encoding="utf-8") == meaning_text(vector)


def test_every_file_belongs_to_a_generated_pair() -> None:
    made = sorted(vector.name for vector in vectors())
    assert made == NAMES
    assert made == sorted(path.stem for path in HERE.glob("*.json"))


def test_every_format_has_a_valid_vector() -> None:
    valid = {read_pair(name)[1]["format"] for name in NAMES if name.startswith("valid-")}
    assert valid == set(READERS)


def test_the_document_lists_every_vector_and_no_other() -> None:
    text = PROTOCOL.read_text(encoding="utf-8")
    assert text == protocol_text(vectors())
    assert [name for name in NAMES if f"| `{name}` |" not in text] == []
