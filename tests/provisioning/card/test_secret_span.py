"""Secrets in the text of a boot file: found and starred out where they stand."""

import codecs

import pytest

from netrelay.provisioning.card.secret_span import secret_spans, star_out
from netrelay.runtime.edited_text import EditedText, decode

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
    assert isinstance(found, EditedText)
    spans = secret_spans(found, "password", PASSWORD, 1)
    assert spans is not None
    after = star_out(raw, encoding, spans)
    assert len(after) == len(raw)
    again = decode(after)
    assert isinstance(again, EditedText)
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
    assert isinstance(found, EditedText)
    assert secret_spans(found, "password", PASSWORD, 1) is None
