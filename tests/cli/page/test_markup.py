"""Text from elsewhere never becomes markup."""

import pytest

from netrelay.cli.page.markup import Markup, element, joined, prose


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("\"'&", "&quot;&#x27;&amp;"),
        ("a\x00b\x1b[31m", "a\\x00b\\x1b[31m"),
        ("gepj.\u202eexe", "gepj.\\u202eexe"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_text_is_escaped_as_child_and_as_attribute(text: str, shown: str) -> None:
    assert element("p", text) == f"<p>{shown}</p>"
    assert element("p", title=text) == f'<p title="{shown}"></p>'


def test_what_was_built_here_is_not_escaped_again() -> None:
    inner = element("b", "a & b")
    assert isinstance(inner, Markup)
    assert element("p", inner, None, "<") == "<p><b>a &amp; b</b>&lt;</p>"
    # A sum of markup and text is text again.
    assert joined(inner + "<i>") == "&lt;b&gt;a &amp;amp; b&lt;/b&gt;&lt;i&gt;"


def test_attributes_are_named_as_in_html() -> None:
    assert element(
        "input", class_="a", aria_label="b", required=True, autofocus=False, id=None
    ) == ('<input class="a" aria-label="b" required>')


def test_backquotes_are_commands_only_in_pairs() -> None:
    assert prose("type `up <x>` now") == "type <code>up &lt;x&gt;</code> now"
    assert prose("a ` b") == "a ` b"
