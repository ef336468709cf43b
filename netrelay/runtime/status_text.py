"""What `systemctl status` shows of a process: one line, out of what it counts anyway."""

from netrelay.ring.counters import CounterWriter

# The counter that says most of each, and the words around it.
_WORDS = {
    "receiver": ("connections_open", "{} connections from others"),
    "sender": ("connections_open", "{} connections to others"),
    "processor_r": ("messages_in", "{} messages came"),
    "processor_s": ("messages_out", "{} messages went"),
    "importer": ("files_in", "{} files taken"),
    "exporter": ("files_out", "{} files delivered"),
}


def status_text(process: str, counters: CounterWriter) -> str:
    """Give the line, "" for a process with nothing to say; counts go on over its restarts."""
    if process not in _WORDS:
        return ""
    counter, words = _WORDS[process]
    return words.format(f"{counters.get(counter):,}")
