"""Types the lines of a document into the machines of .ci/newcomer and .ci/newcomer-page.

python -m tests.newcomer tutorial shelf=PID:ROOT boat=PID:ROOT
python -m tests.newcomer readme|how-do-i USER checkout|package shelf=PID:ROOT

PID is the outside pid of process 1 of the machine; ROOT is its root folder.
"""

import sys

from tests.newcomer.first_hour import FirstHour
from tests.newcomer.instructions import TUTORIAL, read_instructions
from tests.newcomer.machine import NamespacedMachine
from tests.newcomer.pages import Visit
from tests.newcomer.terminal import UnansweredError

_WAIT_S = 180.0


def main(arguments: list[str]) -> int:
    """Type all commands; return 0 if each was answered as its document says."""
    page, *rest = arguments
    try:
        if page == "tutorial":
            print(f"newcomer: {_type_tutorial(rest)}")
        else:
            print(f"newcomer: {_type_page(page, rest)}")
    except UnansweredError as error:
        print(f"newcomer: {error}", file=sys.stderr)
        return 1
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _type_tutorial(arguments: list[str]) -> str:
    machines = dict(map(NamespacedMachine.of_argument, arguments))
    blocks = read_instructions(TUTORIAL.read_text(encoding="utf-8"))
    FirstHour(machines, _say, _WAIT_S).follow(blocks)
    return "the photo lies in the inbox of the other machine, byte for byte"


def _type_page(page: str, arguments: list[str]) -> str:
    user, source, place = arguments
    _, machine = NamespacedMachine.of_argument(place)
    visit = Visit(machine, user, is_package=source == "package", say=_say)
    visit.install()
    if page == "readme":
        visit.type_readme()
    else:
        visit.type_how_do_i()
    return f"{page} as {user} with the {source}: {visit.summary()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
