"""What can keep the benchmark from a figure."""


class BenchError(Exception):
    """A measurement failed; the text says which and why."""


class Unavailable(BenchError):  # noqa: N818 -- named like the exit status it stands for
    """This machine lacks something that the benchmark needs; the text says what to do."""
