"""Text files as Notepad, macOS and other editors save them."""

import codecs

import pytest

from netrelay.runtime.edited_text import (
    TEXT_LIMIT_BYTES,
    EditedText,
    advise,
    decode,
    syntax_mistake,
)
from netrelay.runtime.strict_toml import Document, Key, Mistake, NoTomlError

TEXT = '[node]\r\nname = "shelf"  # schön\r\n'


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_every_unicode_of_notepad_is_read(mark: bytes, encoding: str) -> None:
    assert decode(mark + TEXT.encode(encoding)) == EditedText(TEXT, mark, encoding)


def test_an_old_character_set_is_named_with_its_line() -> None:
    found = decode(TEXT.encode("cp1252"))
    assert isinstance(found, Mistake)
    assert found.line == 2
    assert "UTF-8" in found.text


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"x" * (TEXT_LIMIT_BYTES + 1), "at most 262144 bytes"),
        (b"a\n\0b", "line 2: there is a zero byte"),
        (TEXT.encode("utf-16-le"), "save the file again as UTF-8"),
        (b"{\\rtf1\\ansi [node]\\par}", "save it as plain text"),
        (b"PK\x03\x04\x14\0", "save it as plain text"),
        (b"<html><body>", "save it as plain text"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, said: str) -> None:
    found = decode(raw)
    assert isinstance(found, Mistake)
    assert said in found.text


def test_curly_quotes_and_missing_ones_have_a_cure() -> None:
    assert "straight quotes" in advise("name = \u201cshelf\u201d")
    assert 'name = "..."' in advise("name = shelf")
    assert advise("commsport = 7411") == ""
    assert advise("can_be_dialled = no  # here") == (
        ": on and off are true and false here, can_be_dialled = false"
    )
    assert advise("x = ON").endswith("x = true")
    assert 'a quote is missing at its end, name = "shelf"' in advise('name = "shelf')
    assert "an equals sign stands between key and value, name = ..." in advise("name: shelf")
    assert advise("[node") == ""
    assert advise("; remark") == advise("// remark") == ": a comment begins with #"
    assert "U+00A0; type the line again" in advise('\u00a0name = "shelf"')
    assert "U+FEFF" in advise("\ufeff[node]")
    assert "single quotes around the text, password = '...'" in advise(r'password = "a\cd"')
    assert advise('name = "Caf\u00e9"\t\r') == ""


def test_a_section_that_is_there_twice_has_a_cure() -> None:
    said = mistake_of('[node]\nname = "a"\n[files]\n[node]\ncan_be_dialled = true\n')
    assert "it is there twice; keep one [node]" in said


KEYS = [
    Key("node", "name", None, "a name", "", lambda value: isinstance(value, str)),
    Key("node", "can_be_dialled", True, "true or false", "", lambda value: type(value) is bool),
    Key("files", "capacity", 1, "65536 to 16777216", "", lambda value: type(value) is int),
]


def mistake_of(text: str, *, has_secrets: bool = False) -> str:
    with pytest.raises(NoTomlError) as caught:
        Document(text)
    return syntax_mistake(text, caught.value, KEYS, has_secrets=has_secrets).text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "can_be_dialled = no",
            "node.can_be_dialled is no; allowed: true or false: on and off are true and false"
            " here, can_be_dialled = false",
        ),
        (
            "can_be_dialled = never",
            "node.can_be_dialled is never; allowed: true or false: without quotes,"
            " can_be_dialled = true",
        ),
        ("name = boat", "node.name is boat; allowed: a name: a text stands between quotes, name ="),
        ("name = off", "node.name is off; allowed: a name"),
        (
            "name = \u201cboat\u201d",
            "node.name is \u201cboat\u201d; allowed: a name: write straight",
        ),
        ('name = "boat', 'a quote is missing at its end, name = "boat"'),
        ("nmae = boat", "this cannot be read: Invalid value; allowed: key = value: a text stands"),
        ("name =", "node.name is nothing; allowed: a name"),
    ],
)
def test_a_line_that_is_no_toml_is_named_with_its_key(line: str, said: str) -> None:
    found = mistake_of(f"# a comment\n[files]\ncapacity = 65536\n\n[node]\n{line}\n[history]\n")
    assert found.startswith(", line 6: ")
    assert said in found


def test_a_key_that_is_there_twice_is_no_value_that_is_not_allowed() -> None:
    found = mistake_of('[node]\nname = "boat"\nname = "shelf"\n')
    assert found == ", line 3: node.name is there already; allowed: one line for each key"
    found = mistake_of('[node]\nnmae = "boat"\nnmae = "shelf"\n')
    assert found == ", line 3: node.nmae is there already; allowed: one line for each key"


def test_a_key_is_that_of_its_section() -> None:
    found = mistake_of("[files]\nname = boat\n")
    assert found.startswith(", line 2: this cannot be read: ")
    assert "files.capacity is 500K; allowed: 65536 to" in mistake_of("[files]\ncapacity = 500K\n")


def test_no_value_of_a_file_with_secrets_is_shown() -> None:
    found = mistake_of("[node]\nname = secret-word\n", has_secrets=True)
    assert "node.name cannot be read; allowed: a name" in found
    assert "secret-word" not in found
