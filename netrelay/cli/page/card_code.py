"""A card as a QR code (ISO/IEC 18004), drawn as inline SVG by segno."""

from functools import lru_cache
from typing import Final

from netrelay.cli.page.markup import Markup, element

# Of the largest code, version 40 with error correction L. A usual card has 2,300.
MOST_BYTES: Final = 2953
_QUIET_MODULES: Final = 4  # around the code: ISO/IEC 18004 section 5.3.8


@lru_cache(maxsize=1)
def card_code(text: str, name: str) -> Markup | None:
    """Return the drawing; None for a text that is too long, or without segno."""
    if len(text.encode()) > MOST_BYTES:
        return None
    try:
        import segno
    except ImportError:
        return None
    code = segno.make(text, error="l", micro=False, boost_error=False)
    side = len(code.matrix) + 2 * _QUIET_MODULES
    lines = [
        f"M{column + _QUIET_MODULES} {row + _QUIET_MODULES}.5h{length}"
        for row, modules in enumerate(code.matrix)
        for column, length in dark_runs(modules)
    ]
    return element(
        "svg",
        element("title", f"The card of {name} as a QR code; it says what the text says"),
        element("rect", width=side, height=side),
        element("path", d="".join(lines)),
        viewBox=f"0 0 {side} {side}",
        role="img",
        class_="code",
        shape_rendering="crispEdges",
    )


def dark_runs(modules: bytes | bytearray | tuple[int, ...]) -> list[tuple[int, int]]:
    """Return start and length of each run of dark modules in a row."""
    runs: list[tuple[int, int]] = []
    for column, module in enumerate(modules):
        if not module:
            continue
        if runs and sum(runs[-1]) == column:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((column, 1))
    return runs
