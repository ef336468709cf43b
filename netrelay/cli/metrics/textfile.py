"""A file of metrics for the textfile collector of Prometheus' node_exporter."""

import os
from pathlib import Path

# node_exporter runs as another user, whatever the umask is.
_MODE = 0o644


def write_textfile(path: Path, text: str) -> None:
    """Replace a file atomically; OSError if that fails, and then the old one stays.

    Not flushed: it is written again soon, and each flush wears a card.
    """
    # The collector reads only what ends with .prom.
    unfinished = path.with_name(f".{path.name}.unfinished")
    # One that was killed left it.
    unfinished.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(unfinished, flags, _MODE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, _MODE)
            file.write(text)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
