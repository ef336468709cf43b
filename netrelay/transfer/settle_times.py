"""The times for which entries of a drop folder have to stay unchanged before they are claimed."""

from typing import NamedTuple

from netrelay.runtime.config import Config


class SettleTimes(NamedTuple):
    """The settle times of one drop folder, in seconds.

    placeholder_s: of an empty file or directory, and of what has holes. Programs make those before
    they write, so it is at least as long as the others.
    """

    file_s: float = 2.0
    # Longer, because inotify reports no change below a directory, and a recursive copy pauses.
    directory_s: float = 5.0
    placeholder_s: float = 60.0


def settle_times(config: Config, folder: str) -> SettleTimes:
    """Return the settle times of the drop folder of this name."""
    of_folder = config.folder_settle_s.get(folder)
    file_s = config.settle_s if of_folder is None else of_folder
    directory_s = config.directory_settle_s if of_folder is None else of_folder
    return SettleTimes(file_s, directory_s, max(config.placeholder_settle_s, file_s, directory_s))
