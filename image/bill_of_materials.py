"""Write the bill of materials of a root: all its Debian and Python packages.

CycloneDX 1.6 (ECMA-424), from the status file of dpkg and the metadata of the installed Python
distributions, not from the package lists of the build.

    python3 image/bill_of_materials.py ROOT NAME VERSION >NAME.cdx.json
"""

import json
import os
import re
import sys
import time
import uuid
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote


def paragraphs(status: str) -> Iterator[dict[str, str]]:
    """Yield the paragraphs of a Debian control file (deb822(5)) without unfolding their fields."""
    for block in re.split(r"\n\n+", status.strip()):
        message = HeaderParser().parsestr(block + "\n")
        yield {key: str(value) for key, value in message.items()}


def debian_components(root: Path) -> Iterator[dict[str, Any]]:
    """Return the packages that dpkg has installed."""
    status = (root / "var/lib/dpkg/status").read_text(encoding="utf-8")
    for fields in paragraphs(status):
        if fields.get("Status") != "install ok installed":
            continue
        name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
        source, _, source_version = fields.get("Source", name).partition(" ")
        component: dict[str, Any] = {
            "type": "library",
            "name": name,
            "version": version,
            # purl-spec, types/deb-definition
            "purl": f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={architecture}",
            "supplier": {"name": fields.get("Maintainer", "Debian")},
            "properties": [
                {"name": "debian:source", "value": source},
                {"name": "debian:source-version", "value": source_version.strip("()") or version},
            ],
        }
        component["bom-ref"] = component["purl"]
        yield component


def python_components(root: Path) -> Iterator[dict[str, Any]]:
    """Return the distributions in netrelay's environment (PyPA core metadata)."""
    folders = sorted((root / "usr/lib/netrelay").glob("lib/python3*/site-packages/*.dist-info"))
    for folder in folders:
        fields = HeaderParser().parsestr((folder / "METADATA").read_text(encoding="utf-8"))
        name, version = str(fields["Name"]), str(fields["Version"])
        normal = re.sub(r"[-_.]+", "-", name).lower()
        component: dict[str, Any] = {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{quote(normal)}@{quote(version)}",
        }
        licence = fields.get("License-Expression") or fields.get("License")
        if licence and len(str(licence)) < 100:
            component["licenses"] = [{"license": {"name": str(licence)}}]
        component["bom-ref"] = component["purl"]
        yield component


def bill_of_materials(root: Path, name: str, version: str, made_unix_s: int) -> dict[str, Any]:
    """Return the bill of materials, the same for the same root and time, its serial number too."""
    components = [*debian_components(root), *python_components(root)]
    if not components:
        raise ValueError(f"{root} holds no package that dpkg knows")
    content = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {content}')}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(made_unix_s)),
            "component": {"type": "operating-system", "name": name, "version": version},
        },
        "components": components,
    }


if __name__ == "__main__":
    made = bill_of_materials(
        Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(os.environ["SOURCE_DATE_EPOCH"])
    )
    print(json.dumps(made, indent=2))
