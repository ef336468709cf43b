"""A git checkout as a release needs it: its version, its state, and a clone to build in."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from release.errors import CONFIG, DATA, FAILED, ReleaseError

# The one place where the version is; pyproject.toml and image/package/build read it there.
VERSION_FILE = "netrelay/__init__.py"
_VERSION = re.compile(r'^__version__ = "(\d+\.\d+\.\d+)"$', re.MULTILINE)


class Checkout:
    """A folder with a git work tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *arguments: str) -> str:
        """Run git here and return its output; ReleaseError with git's own message if it fails."""
        command = ["git", "-c", f"safe.directory={self.folder}", *arguments]
        run = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if run.returncode:
            raise ReleaseError(FAILED, f"git {arguments[0]} failed: {run.stderr.strip()}")
        return run.stdout

    def make(self, *targets: str, environment: Mapping[str, str] | None = None) -> str:
        """Run make here and return its standard output; ReleaseError if it fails.

        Standard error goes where that of this process goes, so that a person sees the progress.
        """
        command = ["make", "--no-print-directory", *targets]
        run = subprocess.run(
            command,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            env=environment,
        )
        if run.returncode:
            raise ReleaseError(
                FAILED, f"`make {' '.join(targets)}` failed in {self.folder}:\n{run.stdout}"
            )
        return run.stdout

    def version(self) -> str:
        """Return the version that VERSION_FILE says."""
        match = _VERSION.search((self.folder / VERSION_FILE).read_text(encoding="utf-8"))
        if match is None:
            raise ReleaseError(
                DATA, f'{VERSION_FILE} has no line __version__ = "MAJOR.MINOR.PATCH"'
            )
        return match[1]

    def require_clean(self) -> None:
        """Refuse a work tree with changes, or with files that git does not know."""
        changes = self.git("status", "--porcelain").strip("\n")
        if changes:
            raise ReleaseError(DATA, f"the tree is not clean; commit or remove first:\n{changes}")

    def require_no_tag(self, tag: str) -> None:
        """Refuse a version that has been released."""
        if self.git("tag", "--list", tag).strip():
            raise ReleaseError(
                DATA, f"{tag} is released already: write the next version into {VERSION_FILE}"
            )

    def committer(self) -> list[str]:
        """Return git options that make a clone commit in the name of the person here."""
        options = []
        for key in ("user.name", "user.email"):
            value = self.git("config", "--default", "", "--get", key).strip()
            if value:
                options += ["-c", f"{key}={value}"]
        return options

    def require_usable(self, key: Path) -> None:
        """Refuse a key that is no file, or is in this checkout, where it could be committed."""
        if not key.is_file():
            raise ReleaseError(CONFIG, f"the key {key} is no file")
        if key.resolve().is_relative_to(self.folder.resolve()):
            raise ReleaseError(CONFIG, f"the key {key} is inside the checkout; keep it elsewhere")

    def clone_to(self, folder: Path) -> "Checkout":
        """Clone HEAD and the tags into a folder that does not exist yet."""
        self.git("clone", "--quiet", "--no-hardlinks", str(self.folder), str(folder))
        return Checkout(folder)

    def take_release(self, clone: "Checkout", tag: str) -> None:
        """Bring a tag and its commit here from a clone, and move the branch on to it."""
        ref = f"refs/tags/{tag}"
        self.git("fetch", "--quiet", "--no-tags", str(clone.folder), ref)
        # First the branch: where it has moved on meanwhile, no tag is left behind.
        self.git("merge", "--quiet", "--ff-only", "FETCH_HEAD")
        self.git("fetch", "--quiet", str(clone.folder), f"{ref}:{ref}")
