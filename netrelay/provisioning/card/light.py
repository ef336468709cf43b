"""The ACT light of a card's board, in patterns of the kernel's LED triggers."""

import re
from enum import Enum
from pathlib import Path
from typing import NamedTuple

LEDS = Path("/sys/class/leds")
# Of the kernel of Debian, and of older ones of Raspberry Pi OS.
_NAMES = ("ACT", "led0")


class Pattern(NamedTuple):
    """A trigger of the kernel, and for `timer` how long the light is on and off."""

    trigger: str
    on_ms: int = 0
    off_ms: int = 0


class Light(Enum):
    """A state of a node that the light shows; the value is the word for people."""

    RUNNING = "running"
    WORK = "work to do"
    UNREACHED = "no peer reached"
    PERSON = "needs a person"
    STICK_WORK = "a stick is at work"
    STICK_DONE = "a stick may be pulled"


PATTERNS = {
    Light.RUNNING: Pattern("heartbeat"),
    Light.WORK: Pattern("timer", 500, 500),
    Light.UNREACHED: Pattern("timer", 100, 2900),
    Light.PERSON: Pattern("timer", 100, 100),
    Light.STICK_WORK: Pattern("timer", 900, 100),
    Light.STICK_DONE: Pattern("default-on"),
}


def show_light(leds: Path, light: Light) -> bool:
    """Show the state by the light; return False where the board has none.

    OSError when it cannot be written.
    """
    pattern = PATTERNS[light]
    for folder in (leds / name for name in _NAMES):
        trigger = folder / "trigger"
        if not trigger.is_file():
            continue
        # Writing it again would restart the pattern, and set the times back.
        if f"[{pattern.trigger}]" not in re.split(r"\s+", trigger.read_text()):
            trigger.write_text(pattern.trigger)
        if pattern.on_ms:
            (folder / "delay_on").write_text(str(pattern.on_ms))
            (folder / "delay_off").write_text(str(pattern.off_ms))
        return True
    return False
