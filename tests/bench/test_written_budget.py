"""`make bench-quick` fails where more is written than the budget says."""

import pytest

from bench.pair.figures import Figures
from bench.quick import __main__ as quick
from bench.quick.report import render
from bench.quick.written_budget import over_budget, written_budget


def figures(share: float) -> Figures:
    """Return figures in which each written share is so many times its budget."""
    made = Figures()
    for name, most in written_budget().items():
        made.add(name, most * share)
    return made


def test_each_figure_that_is_over_is_named() -> None:
    assert over_budget(figures(1.0)) == []
    found = over_budget(figures(1.01))
    assert [line.split(":")[0] for line in found] == list(written_budget())
    assert over_budget(Figures()) == []


def test_the_figures_are_those_that_are_measured() -> None:
    """A name that nobody measures would hold nothing."""
    shown = render(figures(1.0), "")
    for most in written_budget().values():
        assert f"{most:.3f}" in shown


@pytest.mark.parametrize(("share", "status"), [(1.0, 0), (1.01, 1)])
def test_the_exit_status(capsys: pytest.CaptureFixture[str], share: float, status: int) -> None:
    assert quick.judged(figures(share), None) == status
    said = capsys.readouterr().err
    assert ("budget" in said) is bool(status)
    assert quick.judged(Figures(), "it broke") == 1
