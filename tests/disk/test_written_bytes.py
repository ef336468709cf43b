"""What the kernel counts as written by this process."""

from pathlib import Path

from netrelay.disk.written_bytes import process_written_bytes, thread_written_bytes


def test_the_process_counts_what_its_thread_does(tmp_path: Path) -> None:
    thread_bytes, process_bytes = thread_written_bytes(), process_written_bytes()
    (tmp_path / "file").write_bytes(bytes(1 << 20))
    grown_bytes = thread_written_bytes() - thread_bytes
    # None in memory, and where the kernel counts nothing.
    assert grown_bytes == 0 or grown_bytes >= 1 << 20
    assert process_written_bytes() - process_bytes >= grown_bytes
