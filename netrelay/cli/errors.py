"""The one error whose text a person reads, with the exit status of the command."""

from netrelay.core.exit_status import Exit as Exit
from netrelay.core.nearest import nearest as nearest


class CommandError(Exception):
    """A command cannot go on; the text is one line that names the thing, its value, the allowed."""

    def __init__(self, exit_code: Exit, text: str) -> None:
        super().__init__(text)
        self.exit_code = exit_code
