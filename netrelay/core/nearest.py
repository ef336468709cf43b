"""Suggestions for a mistyped word."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean X?" for the known word closest to this one, "" when none is close."""
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
