"""`make release`: builds a release in a clone, and tags the checkout only when all of it is there.

Exit status: 0 made; 1 a step failed; 64 usage; 65 version, tree or fragments are not ready;
69 a tool is missing; 78 no key, or one inside the checkout
"""

import argparse
import datetime
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from release.artifacts import sign, write_checksums, write_manifest
from release.checkout import Checkout
from release.errors import CONFIG, FAILED, ReleaseError
from release.fragments import fragment_files, read_fragments, section, with_section

KEY_VARIABLE = "NETRELAY_RELEASE_KEY"
# Debian architecture and Python: 3.13 is Debian 13, 3.11 is Debian 12 (image/package/README.md).
PACKAGES = (("arm64", "3.13"), ("arm64", "3.11"), ("amd64", "3.13"), ("amd64", "3.11"))


class Plan(NamedTuple):
    """What is released, and how."""

    checkout: Checkout
    version: str
    changes: str
    key: Path | None
    is_dry: bool
    has_image: bool

    @property
    def tag(self) -> str:
        """The name of the tag; image/package/build knows a release by it."""
        return f"v{self.version}"

    @property
    def folder(self) -> Path:
        """Where the artifacts are put."""
        return self.checkout.folder / "build" / "release" / self.version


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="make release RELEASE_ARGUMENTS=...", description=__doc__)
    made.add_argument(
        "--dry-run",
        action="store_true",
        help="no tests, no wheel, no packages, no image; the checkout gets no commit and no tag",
    )
    made.add_argument(
        "--unsigned", action="store_true", help=f"go on although {KEY_VARIABLE} names no key"
    )
    made.add_argument("--image", action="store_true", help="make the card image too (as root)")
    made.add_argument("--checkout", type=Path, default=Path.cwd(), help=argparse.SUPPRESS)
    return made


def main(arguments: list[str]) -> int:
    """Make a release; return the exit status."""
    wanted = parser().parse_args(arguments)
    try:
        plan = make_plan(wanted)
        with TemporaryDirectory(prefix="netrelay-release-") as beside:
            clone = plan.checkout.clone_to(Path(beside) / "netrelay")
            commit_release(plan, clone)
            build(plan, clone)
            finish(plan, clone)
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return error.status
    return 0


def make_plan(wanted: argparse.Namespace) -> Plan:
    """Check everything that can be checked before anything is built."""
    checkout = Checkout(wanted.checkout)
    version = checkout.version()
    checkout.require_clean()
    checkout.require_no_tag(f"v{version}")
    fragments = read_fragments(checkout.folder / "changelog" / "unreleased")
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    key = os.environ.get(KEY_VARIABLE)
    if key:
        checkout.require_usable(Path(key))
    elif wanted.unsigned or wanted.dry_run:
        say(f"{KEY_VARIABLE} names no key: this release is UNSIGNED")
    else:
        raise ReleaseError(
            CONFIG,
            f"this release would be unsigned: {KEY_VARIABLE} names no key file; --unsigned goes on"
            " without a signature",
        )
    return Plan(
        checkout,
        version,
        section(version, date, fragments),
        Path(key).resolve() if key else None,
        wanted.dry_run,
        wanted.image,
    )


def commit_release(plan: Plan, clone: Checkout) -> None:
    """Turn the fragments of the clone into a section of CHANGELOG.md, commit and tag it."""
    changelog = clone.folder / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    changelog.write_text(with_section(text, plan.changes), encoding="utf-8")
    for path in fragment_files(clone.folder / "changelog" / "unreleased"):
        path.unlink()
    person = plan.checkout.committer()
    clone.git("add", "--all")
    clone.git(*person, "commit", "--quiet", "--message", f"Release {plan.version}")
    if plan.key:
        person += ["-c", "gpg.format=ssh", "-c", f"user.signingkey={plan.key}"]
    kind = "--sign" if plan.key else "--annotate"
    clone.git(*person, "tag", kind, "--message", f"netrelay {plan.version}", plan.tag)


def build(plan: Plan, clone: Checkout) -> None:
    """Check and build the tagged clone, and collect the artifacts in the folder of the plan."""
    folder = plan.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    name = f"netrelay-{plan.version}"
    (folder / f"{name}-changes.md").write_text(plan.changes, encoding="utf-8")
    archive = folder / f"{name}.tar.gz"
    clone.git("archive", f"--prefix={name}/", f"--output={archive}", plan.tag)
    if plan.is_dry:
        say("dry run: left out make test, make lint, make wheel, make deb and make image")
    else:
        clone.make("test")
        clone.make("lint")
        clone.make("wheel")
        collect(clone.folder.glob("build/wheel/*.whl"), folder)
        for architecture, python in PACKAGES:
            said = clone.make("deb", f"DEB_ARCHITECTURE={architecture}", f"DEB_PYTHON={python}")
            collect([clone.folder / said.strip().splitlines()[-1]], folder)
        if plan.has_image:
            clone.make("image")
            collect(clone.folder.glob("build/image/netrelay-*"), folder)
    facts = {
        "name": "netrelay",
        "version": plan.version,
        "tag": plan.tag,
        "commit": clone.git("rev-parse", f"{plan.tag}^{{commit}}").strip(),
    }
    write_manifest(folder, facts)
    sums = write_checksums(folder)
    if plan.key:
        sign(sums, plan.key)


def collect(paths: Iterable[Path], folder: Path) -> None:
    """Copy artifacts; ReleaseError when there is none."""
    found = sorted(paths)
    if not found:
        raise ReleaseError(FAILED, "a build step left no artifact")
    for path in found:
        shutil.copy2(path, folder)


def finish(plan: Plan, clone: Checkout) -> None:
    """Bring commit and tag into the checkout, and say what is left to do."""
    if not plan.is_dry:
        plan.checkout.take_release(clone, plan.tag)
    print(plan.changes)
    for path in sorted(plan.folder.iterdir()):
        print(f"{path.stat().st_size:>12}  {path.relative_to(plan.checkout.folder)}")
    if plan.is_dry:
        say("dry run: the checkout has no new commit and no tag")
    else:
        say(f"made {plan.tag}; publish it with: git push origin HEAD {plan.tag}")


def say(text: str) -> None:
    """Print a line for the person, beside what is printed for programs."""
    print(f"release: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
