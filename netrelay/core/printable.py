"""Text from elsewhere, made safe for a terminal, a journal entry or one line of a log."""


def printable(text: str) -> str:
    """Return the text with every unprintable character replaced by its Python escape."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
