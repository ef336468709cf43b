"""Two ends of a serial line with the errors of a seed in between."""

import os
import random
from collections.abc import Callable

import pytest

from netrelay.core.serial.line_frames import encode_frame
from netrelay.core.serial.line_records import WINDOW_BYTES, LineHello, encode_line_record
from netrelay.core.serial.line_settings import LineSettings
from netrelay.core.serial.line_streams import CREDIT_BYTES, LinePort
from netrelay.core.serial.serial_line import SILENCE_S, LineDown, SerialLine
from tests.core.serial.simulated_line import End, Faults, SimulatedLine

FULL = LineSettings("/dev/ttyS0", 115200)
HALF = LineSettings("/dev/ttyS0", 9600, is_half_duplex=True, turnaround_ms=200)
# Frames whose bytes are anything; the whole campaign is a million.
FUZZED_FRAMES = int(os.environ.get("NETRELAY_LINE_FRAMES", "10000"))


def up(line: SimulatedLine) -> Callable[[], bool]:
    return lambda: all(end.line.is_up for end in line.ends)


def started(
    settings: LineSettings = FULL, seed: int = 1, faults: Faults | None = None
) -> SimulatedLine:
    line = SimulatedLine(settings, seed, faults)
    assert line.run(120, up(line)), "the line is not up"
    return line


def sent(
    line: SimulatedLine, content: bytes, which: int = 0, port: LinePort = LinePort.DATA
) -> int:
    number = line.ends[which].line.streams.open(port)
    assert number is not None
    line.ends[which].write(number, content)
    line.ends[which].due_s = line.now_s
    return number


def has(end: End, number: int, content: bytes) -> Callable[[], bool]:
    return lambda: len(end.arrived.get(number, b"")) >= len(content)


def carries(line: SimulatedLine, content: bytes, seconds: float, which: int = 0) -> float:
    """Send a content, compare what arrives, and return the seconds that it took."""
    begun_s = line.now_s
    number = sent(line, content, which)
    assert line.run(seconds, has(line.ends[1 - which], number, content)), (
        len(line.ends[1 - which].arrived.get(number, b"")),
        line.ends[which].line.counts,
    )
    assert bytes(line.ends[1 - which].arrived[number]) == content
    return line.now_s - begun_s


def test_a_clean_line_is_filled_with_payload() -> None:
    content = random.Random(1).randbytes(256 * 1024)
    line = started()
    taken_s = carries(line, content, 60)
    assert len(content) / (taken_s * 11520) > 0.95
    assert line.ends[0].line.counts.sent_again_bytes == 0


@pytest.mark.parametrize(
    ("faults", "least"),
    [
        (Faults(bit_errors=1e-5), 0.80),
        (Faults(bit_errors=1e-4), 0.55),
        (Faults(frame_loss=0.02), 0.80),
        (Faults(lost_bytes=1e-4, doubled_bytes=1e-4), 0.55),
    ],
    ids=["1e-5", "1e-4", "2 percent of frames", "lost and doubled bytes"],
)
@pytest.mark.parametrize("seed", range(3))
def test_errors_cost_time_and_no_byte(faults: Faults, least: float, seed: int) -> None:
    content = random.Random(seed).randbytes(60_000)
    taken_s = carries(started(seed=seed, faults=faults), content, 200)
    assert len(content) / (taken_s * 11520) > least


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bit_errors", [0.0, 1e-4])
def test_half_duplex_takes_turns(bit_errors: float, seed: int) -> None:
    content = random.Random(seed).randbytes(20_000)
    line = started(HALF, seed, Faults(bit_errors=bit_errors, latency_s=0.03))
    taken_s = carries(line, content, 300)
    assert len(content) / (taken_s * 960) > (0.40 if bit_errors else 0.75)


@pytest.mark.parametrize("seed", range(4))
def test_both_ways_at_once_on_half_duplex(seed: int) -> None:
    line = started(HALF, seed, Faults(bit_errors=1e-5, latency_s=0.02))
    there, back = random.Random(seed).randbytes(6000), random.Random(-seed).randbytes(6000)
    first, second = sent(line, there, 0), sent(line, back, 1)
    both = has(line.ends[1], first, there), has(line.ends[0], second, back)
    assert line.run(200, lambda: all(each() for each in both))
    assert bytes(line.ends[1].arrived[first]) == there
    assert bytes(line.ends[0].arrived[second]) == back


def test_frames_shrink_where_many_are_lost_and_grow_again() -> None:
    line = started(faults=Faults(bit_errors=1e-3))
    carries(line, random.Random(1).randbytes(5000), 300)
    small = line.ends[0].line.size_bytes
    assert small < 100
    line.faults.bit_errors = 0.0
    carries(line, random.Random(1).randbytes(200_000), 100)
    assert line.ends[0].line.size_bytes > 5 * small


@pytest.mark.parametrize("settings", [FULL, HALF], ids=["full", "half"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_restart_resets_all_streams_at_once(settings: LineSettings, which: int) -> None:
    line = started(settings)
    sent(line, bytes(50_000))
    line.run(3)
    line.restart(which)
    other = line.ends[1 - which]
    down = [LineDown("the other side has begun anew")]
    assert line.run(60, lambda: [e for e in other.events if isinstance(e, LineDown)] == down)
    assert line.run(60, up(line))
    carries(line, b"after the restart", 60, which)


def test_a_line_that_is_cut_goes_down_and_comes_back() -> None:
    line = started()
    sent(line, bytes(200_000))
    line.run(2)
    line.is_cut = True
    assert line.run(SILENCE_S + 5, lambda: not any(end.line.is_up for end in line.ends))
    assert str(line.ends[0].events[-1]).find("was silent for") > 0
    line.is_cut = False
    assert line.run(30, up(line))
    carries(line, b"back again", 10)


def test_a_pause_shorter_than_the_silence_resets_nothing() -> None:
    line = started()
    content = random.Random(9).randbytes(100_000)
    number = sent(line, content)
    line.run(2)
    line.is_cut = True
    line.run(SILENCE_S / 2)
    line.is_cut = False
    assert line.run(60, has(line.ends[1], number, content))
    assert bytes(line.ends[1].arrived[number]) == content
    assert not any(isinstance(each, LineDown) for end in line.ends for each in end.events)


def test_an_idle_line_stays_up_with_little() -> None:
    line = started()
    before = sum(end.line.counts.bytes_out for end in line.ends)
    line.run(3600)
    assert all(end.line.is_up for end in line.ends)
    assert sum(end.line.counts.bytes_out for end in line.ends) - before < 12_000


@pytest.mark.parametrize("settings", [FULL, HALF], ids=["full", "half"])
def test_airtime_is_kept_in_every_hour(settings: LineSettings) -> None:
    limited = settings._replace(airtime_percent=5, baud=9600)
    line = started(limited)
    sent(line, bytes(10_000_000))
    used = []
    for _ in range(90):
        used.append(line.ends[0].line.counts.airtime_s)
        line.run(60)
    assert max(late - early for early, late in zip(used, used[60:], strict=False)) <= 180.1
    assert used[-1] > 200
    assert line.ends[0].line.is_up


def test_what_is_not_read_is_bounded() -> None:
    line = started()
    line.ends[1].reads = False
    number = sent(line, bytes(100_000))
    line.run(60)
    assert len(line.ends[1].arrived[number]) == CREDIT_BYTES
    assert line.ends[0].line._sent.room_bytes == WINDOW_BYTES
    other = sent(line, b"beside it")
    assert line.run(5, has(line.ends[1], other, b"beside it"))


def test_ends_with_different_settings_name_the_difference() -> None:
    line = SimulatedLine(FULL)
    other = SerialLine(FULL._replace(is_half_duplex=True), 99, line.now_s)
    line.ends[1].line = other
    line.run(20)
    assert not any(end.line.is_up for end in line.ends)
    assert "set to half duplex" in line.ends[0].line.trouble
    assert "set to full duplex" in other.trouble


def test_its_own_echo_is_counted_and_does_no_harm() -> None:
    line = started(HALF)
    end = line.ends[0]
    number = end.line.streams.open(LinePort.DATA)
    assert number is not None
    end.line.streams.send(number, b"heard by itself")
    for _ in range(200):
        written = end.line.next_write(line.now_s)
        end.line.receive(written.data, line.now_s)
        line.now_s += 0.05
    assert end.line.counts.echoes > 0
    assert end.line.counts.bad == 0


def test_fuzzed_frames_neither_crash_nor_grow() -> None:
    """Bytes that pass the CRC of this session too: who is at the other end may send anything."""
    made = random.Random(17)
    line = started()
    end, other = line.ends
    kinds = [0x10, 0x20, 0x30, 0x22, 0x32, 0x34, 0x40, 0xFF]
    for _ in range(FUZZED_FRAMES):
        start = made.choice([0, end.line._start_in])
        match made.randrange(4):
            case 0:
                data = made.randbytes(made.randrange(1, 60))
            case 1:
                content = bytes([made.choice(kinds)]) + made.randbytes(made.randrange(0, 30))
                data = encode_frame(content, start)
            case 2:
                offset = (end.line._received._next + made.randrange(-5, 50)) % 65536
                words = bytes([made.randrange(0x10, 0x70)]) + made.randbytes(made.randrange(0, 6))
                data = encode_frame(b"\x20" + offset.to_bytes(2, "big") + words, start)
            case _:
                hello = LineHello(
                    made.choice([other.line.session, made.randrange(1, 2**32)]),
                    made.choice([0, end.line.session]),
                    is_half_duplex=made.random() < 0.1,
                    airtime_percent=made.randrange(1, 101),
                )
                data = encode_frame(encode_line_record(hello), 0)
        end.line.receive(data, line.now_s)
        end.move()
        line.now_s += made.choice([0.0, 0.01, 1.0])
        end.line.next_write(line.now_s)
        end.events.clear()
        end.arrived.clear()
        streams, sent_bytes = end.line.streams, end.line._sent
        assert len(streams._kept) < 3 + 1024
        assert len(streams._words) <= 256
        assert len(streams._streams) <= 16
        assert len(sent_bytes._kept) <= WINDOW_BYTES
        assert len(sent_bytes._flights) <= WINDOW_BYTES
        assert len(end.line._received._held) == WINDOW_BYTES
        assert len(end.line._received._ranges) <= WINDOW_BYTES // 2
    # It goes on with an end of good faith.
    line.restart(1)
    line.run(60, up(line))
    carries(line, b"after all that", 60, which=1)
