"""The record of security updates, which survives a power cut and a damaged file."""

from pathlib import Path

from netrelay.provisioning.updates.update_record import UpdateRecord, read_record, write_record


def test_a_record_is_read_back(tmp_path: Path) -> None:
    record = UpdateRecord(1, 2, 3, "fine", "2027-01", 4, ("a", "b"), ("c",))
    write_record(record, tmp_path / "updates.json")
    assert read_record(tmp_path / "updates.json") == record


def test_none_or_a_damaged_one_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "updates.json"
    assert read_record(path) == UpdateRecord()
    for text in ("", "{", "[]", '{"installed": 1, "to_restart": []}', '{"no": 1}'):
        path.write_text(text)
        assert read_record(path) == UpdateRecord()
