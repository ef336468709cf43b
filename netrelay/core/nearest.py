"""The known word that somebody meant who mistyped it."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Give `; did you mean X?` for the known word most like this one, or nothing."""
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
