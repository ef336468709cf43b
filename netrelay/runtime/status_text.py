"""The status line of a process in `systemctl status`, made from one of its counters."""

from netrelay.ring.counters import CounterWriter

# Counter and text of each process.
_TEXTS = {
    "receiver": ("connections_open", "{} connections from others"),
    "sender": ("connections_open", "{} connections to others"),
    "processor_r": ("messages_in", "{} messages came"),
    "processor_s": ("messages_out", "{} messages went"),
    "importer": ("files_in", "{} files taken"),
    "exporter": ("files_out", "{} files delivered"),
}


def status_text(process: str, counters: CounterWriter) -> str:
    """Return the line, "" for a process without one; counters continue over restarts."""
    if process not in _TEXTS:
        return ""
    counter, text = _TEXTS[process]
    return text.format(f"{counters.get(counter):,}")
