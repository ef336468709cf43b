"""Undoes what a control group or a limit leaves behind, also after `kill -9`."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# It waits for the end of its input, which comes with the end of this process in any case. Groups
# can be removed when their processes have ended, which takes a moment.
_SCRIPT = """
cat > /dev/null
for each in "$@"; do
  case $each in
    /*=*) printf '%s\\n' "${each#*=}" > "${each%%=*}" ;;
    *) for _ in $(seq 200); do rmdir "$each" 2> /dev/null && break; sleep 0.1; done ;;
  esac
done
"""
_LIMIT_S = 60.0


@contextmanager
def undone(actions: Sequence[str]) -> Iterator[None]:
    """Do these when the block or this process ends: remove a folder, or write into a file.

    An action is the path of a control group, or FILE=TEXT.
    """
    guard = subprocess.Popen(
        ["sh", "-c", _SCRIPT, "guard", *actions],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(timeout=_LIMIT_S)
