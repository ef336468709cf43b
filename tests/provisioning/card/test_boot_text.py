"""Text files as Notepad, macOS and other editors save them."""

import codecs

import pytest

from netrelay.provisioning.card.boot_text import TEXT_LIMIT_BYTES, BootText, advise, decode
from netrelay.provisioning.card.secret_span import secret_spans, star_out
from netrelay.runtime.strict_toml import Mistake

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
    assert decode(mark + TEXT.encode(encoding)) == BootText(TEXT, mark, encoding)


def test_an_old_character_set_is_named_with_its_line() -> None:
    found = decode(TEXT.encode("cp1252"))
    assert isinstance(found, Mistake)
    assert found.line == 2
    assert "UTF-8" in found.text


@pytest.mark.parametrize("raw", [b"x" * (TEXT_LIMIT_BYTES + 1), b"a\n\0b"])
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    assert isinstance(decode(raw), Mistake)


def test_curly_quotes_and_missing_ones_have_a_cure() -> None:
    assert "straight quotes" in advise("name = \u201cshelf\u201d")
    assert 'name = "..."' in advise("name = shelf")
    assert advise("commsport = 7411") == ""


PASSWORD = "geheim123"
WAYS = [
    f'[wifi]\npassword = "{PASSWORD}"\n',
    f"[wifi]\r\npassword='{PASSWORD}' # mine\r\n",
    f'wifi.password = "{PASSWORD}"',
    f'wifi = {{ssid = "a", password = "{PASSWORD}"}}',
    f'# password = "{PASSWORD}x"\n[wifi]\npassword = "gehe\\u0069m123"',
]


@pytest.mark.parametrize("mark_and_encoding", [(b"", "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le")])
@pytest.mark.parametrize("text", WAYS)
def test_a_secret_is_found_and_starred_out_in_place(
    text: str, mark_and_encoding: tuple[bytes, str]
) -> None:
    mark, encoding = mark_and_encoding
    raw = mark + text.encode(encoding)
    found = decode(raw)
    assert isinstance(found, BootText)
    spans = secret_spans(found, "password", PASSWORD, 1)
    assert spans is not None
    after = star_out(raw, encoding, spans)
    assert len(after) == len(raw)
    again = decode(after)
    assert isinstance(again, BootText)
    assert "geheim123'" not in again.text
    assert "***" in again.text
    assert again.text.replace("*", "") == _without(text)


def _without(text: str) -> str:
    for written in (PASSWORD + '"', PASSWORD + "'", "gehe\\u0069m123"):
        text = text.replace(written, written[-1] if written[-1] in "\"'" else "")
    return text


@pytest.mark.parametrize(
    "text",
    [
        '[wifi]\npassword = """geheim123"""',
        '[wifi]\npassword = "geheim123"\n[x]\npassword = "geheim123"',
    ],
)
def test_a_secret_that_cannot_be_wiped_for_sure_is_not_found(text: str) -> None:
    found = decode(text.encode())
    assert isinstance(found, BootText)
    assert secret_spans(found, "password", PASSWORD, 1) is None
