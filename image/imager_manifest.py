"""Write the manifest with which Raspberry Pi Imager offers an image and customises it.

Imager customises (user, Wi-Fi, ssh key, host name) images from a manifest only, not local files.
Format: the os_list of Raspberry Pi Imager 2 (doc/json-schema in its sources).

    python3 image/imager_manifest.py FLAVOUR NAME VERSION URL

in the folder of NAME.img and NAME.img.xz.
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote

# Imager's device tags: a Pi 3, 4 (with CM4 and 400) and Zero 2 W in 64 bits; a Pi 5 and 500.
DEVICES = {"standard": ["pi3-64bit", "pi4-64bit"], "pi5": ["pi5-64bit"]}
BOARDS = {
    "standard": "Raspberry Pi 3, 4 and Zero 2 W",
    "pi5": "Raspberry Pi 5 and 500, not yet tried on one",
}
BLOCK_BYTES = 1 << 20


def sha256(path: Path) -> str:
    """Return the digest of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def manifest(flavour: str, name: str, version: str, url: str, folder: Path) -> dict[str, object]:
    """Return the manifest of an image. url: the folder to download it from, or the file itself."""
    image, download = folder / f"{name}.img", folder / f"{name}.img.xz"
    released = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))
    return {
        "os_list": [
            {
                "name": f"netrelay {version} ({BOARDS[flavour]})",
                "description": "A store-and-forward file relay: drop a file here, find it there",
                "icon": "",
                "url": url if url.endswith(".xz") else f"{url.rstrip('/')}/{quote(download.name)}",
                "extract_size": image.stat().st_size,
                "extract_sha256": sha256(image),
                "image_download_size": download.stat().st_size,
                "image_download_sha256": sha256(download),
                "release_date": time.strftime("%Y-%m-%d", released),
                "devices": DEVICES[flavour],
                # Imager writes firstrun.sh, and systemd.run= into cmdline.txt.
                "init_format": "systemd",
            }
        ]
    }


if __name__ == "__main__":
    flavour, name, version, url = sys.argv[1:5]
    print(json.dumps(manifest(flavour, name, version, url, Path()), indent=2))
