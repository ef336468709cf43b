"""Tests that take minutes are sampled by `make test`; docs/development.md says how all is run."""

import re

from tests.house.source_tree import CHECKOUT, tracked_files

# Without the variable a test takes its default, the sample.
_READ = re.compile(r"environ\.get\(\"(NETRELAY_\w+)\"")


def variables_in(source: str) -> set[str]:
    """Return the variables that may be missing in the environment of a Python file."""
    return set(_READ.findall(source))


def variables_below(folder: str) -> set[str]:
    """Return those of all files below a folder of the checkout."""
    files = [
        path
        for path in tracked_files()
        if path.suffix == ".py" and path.is_relative_to(CHECKOUT / folder)
    ]
    return {name for path in files for name in variables_in(path.read_text(encoding="utf-8"))}


def test_every_variable_of_the_tests_is_documented() -> None:
    document = (CHECKOUT / "docs" / "development.md").read_text(encoding="utf-8")
    of_the_tests = variables_below("tests") - variables_below("netrelay")
    assert "NETRELAY_SIMULATION_SEEDS" in of_the_tests
    assert {each for each in of_the_tests if f"`{each}" not in document} == set()


def test_a_variable_that_is_read_is_seen() -> None:
    name = "NETRELAY_MOST"
    assert variables_in(f'int(os.environ.get("{name}", "1"))') == {name}
    assert variables_in(f'os.environ["{name}"]') == set()
