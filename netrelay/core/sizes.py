"""Sizes as people write them: 500M, 20GiB, 1.5G."""

_UNITS = {"": 1, "B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


def read_size_bytes(text: str) -> int:
    """Give a size in bytes; units are binary, as shown. ValueError says what is allowed."""
    figure = text.rstrip("BKMGTib")
    unit = text[len(figure) :].removesuffix("iB") or ""
    is_figure = figure.replace(".", "", 1).isdigit() and figure.isascii() and len(figure) <= 18
    if not is_figure or unit not in _UNITS:
        raise ValueError(f"{text!r} is no size; allowed: 500M, 20G, 1.5GiB, 4096")
    return int(float(figure) * _UNITS[unit])
