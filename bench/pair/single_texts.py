"""Texts one by one: each is sent when the receipt of the one before has come."""

import subprocess
import time

from bench.pair.errors import BenchError
from bench.pair.load import text_line
from bench.pair.nodes import BenchNode, BenchPair
from netrelay.runtime.clock import system_clock
from netrelay.store.database import ReadOnlyDatabase

# It bounds how exact the times are; more looks would take CPU time from what is measured.
_LOOK_S = 0.0005
_STOP_S = 10.0


def single_texts_ms(pair: BenchPair, count: int) -> tuple[list[float], list[float]]:
    """Return the times of `count` texts until they are durable there, and until their receipts.

    One command stays open and gets one line after the other, so its start is not measured.
    """
    durable_ms: list[float] = []
    receipted_ms: list[float] = []
    command = pair.source.command("message", "--lines", "--quiet", "--to", pair.destination.name)
    source, destination = _opened(pair.source), _opened(pair.destination)
    sending = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=pair.source.environment(),
    )
    assert sending.stdin is not None
    try:
        for number in range(count + 1):
            texts = _number(destination, "SELECT coalesce(max(id), 0) FROM texts")
            last = _number(source, "SELECT max(id) FROM messages")
            begin_s = time.monotonic()
            sending.stdin.write(text_line())
            pair.deadline.wait(
                "a text to be durable",
                lambda texts=texts: _number(destination, "SELECT max(id) FROM texts") > texts,  # type: ignore[misc]
                poll_s=_LOOK_S,
            )
            arrived_s = time.monotonic()
            pair.deadline.wait(
                "the receipt of a text",
                lambda last=last: _is_receipted(source, last),  # type: ignore[misc]
                poll_s=_LOOK_S,
            )
            receipted_s = time.monotonic()
            # The first waits for the start of the command.
            if number:
                durable_ms.append(1000 * (arrived_s - begin_s))
                receipted_ms.append(1000 * (receipted_s - begin_s))
        sending.stdin.close()
        if sending.wait(timeout=_STOP_S):
            assert sending.stderr is not None
            raise BenchError(f"netrelay message failed: {sending.stderr.read().decode().strip()}")
    finally:
        source.close()
        destination.close()
        if sending.poll() is None:
            sending.kill()
            sending.wait()
    return durable_ms, receipted_ms


def _opened(node: BenchNode) -> ReadOnlyDatabase:
    return ReadOnlyDatabase(node.home.database, system_clock())


def _number(database: ReadOnlyDatabase, sql: str) -> int:
    return int(str(database.value(sql) or 0))


def _is_receipted(source: ReadOnlyDatabase, last: int) -> bool:
    rows = source.rows(
        "SELECT state FROM messages WHERE id > ? AND type = 1 AND parent = 0", (last,)
    )
    return bool(rows) and all(state == "F" for (state,) in rows)
