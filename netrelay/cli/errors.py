"""The error whose text is shown to the person, with the exit status of the command."""

from netrelay.core.exit_status import Exit as Exit
from netrelay.core.nearest import nearest as nearest


class CommandError(Exception):
    """A command fails; the text is one line that names the thing, its value and what is allowed."""

    def __init__(self, exit_code: Exit, text: str) -> None:
        super().__init__(text)
        self.exit_code = exit_code
