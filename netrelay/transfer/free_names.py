"""Free names beside files of the same name, "photo (2).jpg", in a bounded number of looks.

The number that was chosen last is remembered: the next file of that name looks at two names. After
a start the numbers that are taken are skipped by doubling the step and then halving it: 29 looks
where there are 8,250 files of one name. Where numbers up to 262,144 do not help, a random one does.

Nothing reserves a name: whoever uses it links or renames without replacing, and chooses again.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import AnyStr, Generic

from netrelay.core.file_names import FILE_NAME_MAX_BYTES, marked_name

# A longer part after the last dot belongs to the name: it is not a file extension.
_EXTENSION_MAX_BYTES = 32
# The step is doubled up to 2 ** 18: 262,144 files of one name.
_MOST_DOUBLINGS = 18
# Names with a remembered number; of 255 bytes in two folders, half a megabyte.
_MOST_REMEMBERED = 1024


class FreeNames(Generic[AnyStr]):
    """The numbers that were given last, of the names that needed one."""

    def __init__(self, marked: Callable[[AnyStr, str], AnyStr]) -> None:
        """marked returns a name with a text in it, as `marked_name` and `marked_bytes` do."""
        self._marked: Callable[[AnyStr, str], AnyStr] = marked
        self._next: OrderedDict[tuple[object, AnyStr], int] = OrderedDict()

    def choose(self, folder: object, name: AnyStr, is_taken: Callable[[AnyStr], bool]) -> AnyStr:
        """Return a name for a file in a folder, for which `is_taken` returned False.

        `is_taken` is called 38 times at most. The last resort, a random name, is not looked
        at. The numbers of one name rise while its own name stays taken, so a number that becomes
        free is not used again before that.
        """
        key = folder, name
        if not is_taken(name):
            self._next.pop(key, None)
            return name
        first = self._next.pop(key, 2)
        number = self._free_number(first, lambda each: is_taken(self._marked(name, str(each))))
        if number is None:
            self._remember(key, first)
            return self._marked(name, secrets.token_hex(8))
        self._remember(key, number + 1)
        return self._marked(name, str(number))

    def _remember(self, key: tuple[object, AnyStr], number: int) -> None:
        self._next[key] = number
        if len(self._next) > _MOST_REMEMBERED:
            self._next.popitem(last=False)

    def _free_number(self, first: int, is_taken: Callable[[int], bool]) -> int | None:
        """Return a free number, whose predecessor is taken or which is the first; else None."""
        taken, free = first - 1, first
        for doubling in range(_MOST_DOUBLINGS + 1):
            free = first + (1 << doubling) - 1
            if not is_taken(free):
                break
            taken = free
        else:
            return None
        while free - taken > 1:
            middle = (taken + free) // 2
            if is_taken(middle):
                taken = middle
            else:
                free = middle
        return free


def free_text_names() -> FreeNames[str]:
    """Return the memory for names that were made safe (core/file_names.py)."""
    return FreeNames(marked_name)


def free_byte_names() -> FreeNames[bytes]:
    """Return the memory for names of this machine, which may hold any bytes."""
    return FreeNames(marked_bytes)


def marked_bytes(name: bytes, mark: str) -> bytes:
    """Return "stem (mark).extension", the stem truncated to keep within the longest file name."""
    stem, dot, extension = name.rpartition(b".")
    if not stem or len(extension) > _EXTENSION_MAX_BYTES:
        stem, dot, extension = name, b"", b""
    suffix = b" (%b)" % mark.encode() + dot + extension
    end = min(len(stem), FILE_NAME_MAX_BYTES - len(suffix))
    # Truncate before a UTF-8 character, not inside it: up to 3 continuation bytes (RFC 3629).
    for _ in range(3):
        if end < len(stem) and stem[end] & 0xC0 == 0x80:
            end -= 1
    return stem[:end] + suffix
