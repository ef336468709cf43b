"""What a release consists of: manifest, checksums, and the signature over the checksums."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from release.errors import FAILED, UNAVAILABLE, ReleaseError

MANIFEST = "MANIFEST.json"
CHECKSUMS = "SHA256SUMS"
# ssh-keygen(1), -Y sign: a signature is valid for one namespace.
NAMESPACE = "netrelay-release"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, facts: dict[str, str]) -> None:
    """Write MANIFEST.json: the facts, and name, size and SHA-256 of each artifact."""
    files = [
        {"name": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    ]
    text = json.dumps({"schema": 1, **facts, "files": files}, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def write_checksums(folder: Path) -> Path:
    """Write SHA256SUMS over everything in the folder, as `sha256sum --check` reads it."""
    lines = [f"{sha256_of(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    sums = folder / CHECKSUMS
    sums.write_text("".join(lines), encoding="utf-8")
    return sums


def sign(sums: Path, key: Path) -> None:
    """Write the detached SSH signature SHA256SUMS.sig; ssh-keygen asks for a passphrase."""
    if shutil.which("ssh-keygen") is None:
        raise ReleaseError(
            UNAVAILABLE, "ssh-keygen is missing. Type: apt-get install --yes openssh-client"
        )
    command = ["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(sums)]
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if run.returncode:
        words = run.stderr.decode(errors="replace").strip()
        raise ReleaseError(FAILED, f"ssh-keygen did not sign with {key}: {words}")
