"""Errors of the benchmark."""


class BenchError(Exception):
    """A measurement failed; the text has which one and the reason."""


class Unavailable(BenchError):  # noqa: N818 -- named after EX_UNAVAILABLE
    """This machine lacks something that the benchmark needs; the text has the remedy."""


class TimeIsUpError(BenchError):
    """The run has used all of its time; what was measured before stays."""
