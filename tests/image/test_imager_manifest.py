"""The manifest of Raspberry Pi Imager: sizes and digests of what is offered."""

import hashlib
import lzma
from pathlib import Path
from typing import Any

import pytest

from image.imager_manifest import manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an image and its compressed form."""
    (tmp_path / "n-1.img").write_bytes(b"image" * 1000)
    (tmp_path / "n-1.img.xz").write_bytes(lzma.compress(b"image" * 1000))
    return tmp_path


def entry(folder: Path, url: str, flavour: str = "standard") -> dict[str, Any]:
    made: Any = manifest(flavour, "n-1", "1+git7", url, folder)
    (found,) = made["os_list"]
    return dict(found)


def test_imager_can_check_what_it_fetched_and_what_it_wrote(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795000000")
    found = entry(folder, "https://example.org/images/")
    assert found["url"] == "https://example.org/images/n-1.img.xz"
    assert found["extract_size"] == 5000
    assert found["extract_sha256"] == hashlib.sha256(b"image" * 1000).hexdigest()
    compressed = (folder / "n-1.img.xz").read_bytes()
    assert found["image_download_size"] == len(compressed)
    assert found["image_download_sha256"] == hashlib.sha256(compressed).hexdigest()
    assert found["release_date"] == "2026-11-18"
    assert found["init_format"] == "systemd"


def test_names_are_safe_in_a_url(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    for suffix in (".img", ".img.xz"):
        (folder / f"n-1{suffix}").rename(folder / f"n-1+git{suffix}")
    made: Any = manifest("standard", "n-1+git", "1", "https://example.org", folder)
    assert made["os_list"][0]["url"] == "https://example.org/n-1%2Bgit.img.xz"


def test_each_flavour_is_offered_for_its_boards(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert entry(folder, "https://example.org")["devices"] == ["pi3-64bit", "pi4-64bit"]
    pi5 = entry(folder, "https://example.org", "pi5")
    assert pi5["devices"] == ["pi5-64bit"]
    assert "not yet tried" in pi5["name"]
