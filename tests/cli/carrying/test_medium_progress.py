"""The line that shows how far a copy is."""

from netrelay.cli.carrying.medium_progress import progress_line


def test_the_line_says_how_much_how_fast_and_how_long() -> None:
    line = progress_line("copied", 10 * 1024**2, 40 * 1024**2, 5.0)
    assert line == "copied  [######------------------]  25%  10 MiB of 40 MiB  2 MiB/s  15 s left"


def test_nothing_to_move_is_all_of_it() -> None:
    assert progress_line("copied", 0, 0, 0.0).endswith("100%  0 B of 0 B")
