"""The bill of materials: what is in a root, and nothing else."""

import json
from pathlib import Path

import pytest

from image.bill_of_materials import bill_of_materials

STATUS = """\
Package: libssl3t64
Status: install ok installed
Maintainer: Debian OpenSSL Team <openssl@example.org>
Architecture: arm64
Source: openssl (3.5.1-1)
Version: 3.5.1-1+b2
Description: Secure Sockets Layer toolkit
 folded, with a: colon

Package: removed
Status: deinstall ok config-files
Architecture: all
Version: 1
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a root with a Debian package, the rest of another, and a Python package."""
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS)
    info = tmp_path / "usr/lib/netrelay/lib/python3.13/site-packages/sqlite_utils-3.39.dist-info"
    info.mkdir(parents=True)
    text = (
        "Metadata-Version: 2.4\nName: sqlite_utils\nVersion: 3.39\nLicense: Apache-2.0\n\nName: x\n"
    )
    (info / "METADATA").write_text(text)
    return tmp_path


def test_packages_have_names_versions_and_purls(root: Path) -> None:
    bill = bill_of_materials(root, "netrelay-0.1.0-arm64", "0.1.0", 0)
    debian, python = bill["components"]
    assert debian["purl"] == "pkg:deb/debian/libssl3t64@3.5.1-1%2Bb2?arch=arm64"
    assert {"name": "debian:source", "value": "openssl"} in debian["properties"]
    assert {"name": "debian:source-version", "value": "3.5.1-1"} in debian["properties"]
    assert python["purl"] == "pkg:pypi/sqlite-utils@3.39"
    assert python["licenses"] == [{"license": {"name": "Apache-2.0"}}]
    assert bill["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"


def test_the_same_root_gives_the_same_bill_and_another_another(root: Path) -> None:
    first = json.dumps(bill_of_materials(root, "n", "1", 0))
    assert json.dumps(bill_of_materials(root, "n", "1", 0)) == first
    status = root / "var/lib/dpkg/status"
    status.write_text(status.read_text().replace("3.5.1-1+b2", "3.5.2-1"))
    second = bill_of_materials(root, "n", "1", 0)
    assert second["serialNumber"] != json.loads(first)["serialNumber"]


def test_a_root_without_packages_is_no_root(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text("")
    with pytest.raises(ValueError, match="holds no package"):
        bill_of_materials(tmp_path, "n", "1", 0)
