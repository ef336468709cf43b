"""Writes the manifest by which Raspberry Pi Imager offers an image and customises it.

A locally chosen image is written as it is; one from a manifest may be given user, Wi-Fi, ssh key
and host name first. Format: the os_list of Raspberry Pi Imager 2 (doc/json-schema in its sources).

    python3 image/imager_manifest.py NAME VERSION URL    where NAME.img and NAME.img.xz lie
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote

# Imager's own words for a Pi 3, 4 (and CM4, 400) and Zero 2 W, all 64 bits.
DEVICES = ["pi3-64bit", "pi4-64bit"]
BLOCK_BYTES = 1 << 20


def sha256(path: Path) -> str:
    """Give the digest of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def manifest(name: str, version: str, url: str, folder: Path) -> dict[str, object]:
    """Give the manifest of an image; url: the folder it is fetched from, or the file itself."""
    image, download = folder / f"{name}.img", folder / f"{name}.img.xz"
    released = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))
    return {
        "os_list": [
            {
                "name": f"netrelay {version}",
                "description": "A store-and-forward file relay: drop a file here, find it there",
                "icon": "",
                "url": url if url.endswith(".xz") else f"{url.rstrip('/')}/{quote(download.name)}",
                "extract_size": image.stat().st_size,
                "extract_sha256": sha256(image),
                "image_download_size": download.stat().st_size,
                "image_download_sha256": sha256(download),
                "release_date": time.strftime("%Y-%m-%d", released),
                "devices": DEVICES,
                # firstrun.sh, started by systemd.run= in cmdline.txt.
                "init_format": "systemd",
            }
        ]
    }


if __name__ == "__main__":
    print(json.dumps(manifest(sys.argv[1], sys.argv[2], sys.argv[3], Path()), indent=2))
