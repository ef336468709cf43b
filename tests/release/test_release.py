"""A whole release of a small repository: what it makes, what it refuses, what it leaves behind."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from release.__main__ import KEY_VARIABLE, PACKAGES, main
from release.artifacts import NAMESPACE
from release.errors import CONFIG, DATA, FAILED

VERSION = "9.8.7"
MAKEFILE = """
test lint:
	@echo $@ >>$(CALLS)
wheel:
	@mkdir -p build/wheel && echo wheel >build/wheel/netrelay-9.8.7-py3-none-any.whl
deb:
	@mkdir -p build/deb && echo $@ >build/deb/netrelay_9.8.7~$(DEB_PYTHON)_$(DEB_ARCHITECTURE).deb
	@echo some words before
	@echo build/deb/netrelay_9.8.7~$(DEB_PYTHON)_$(DEB_ARCHITECTURE).deb
"""
FRAGMENT = "Added: Files can be sent.\n\nType `netrelay send`.\n"


class Repository:
    """A repository of a few files, which answers `make` as netrelay's does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.artifacts = self.folder / "build" / "release" / VERSION
        self.calls = folder / "calls"
        self.git("init", "--quiet", "--initial-branch=main", str(self.folder), at=folder)
        self.git("config", "user.name", "Somebody")
        self.git("config", "user.email", "somebody@example.org")
        self.write("netrelay/__init__.py", f'"""A stub."""\n\n__version__ = "{VERSION}"\n')
        self.write("CHANGELOG.md", "# Changes\n\n<!-- releases -->\n")
        self.write("changelog/unreleased/send.md", FRAGMENT)
        self.write("changelog/unreleased/README.md", "the form\n")
        self.write(".gitignore", "build/\n")
        self.write("Makefile", MAKEFILE.replace("$(CALLS)", str(self.calls)))
        self.commit()

    def git(self, *arguments: str, at: Path | None = None) -> str:
        run = subprocess.run(
            ["git", *arguments], cwd=at or self.folder, capture_output=True, text=True, check=True
        )
        return run.stdout

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a state")

    def release(self, *arguments: str) -> int:
        return main(["--checkout", str(self.folder), *arguments])

    def state(self) -> tuple[str, str, str]:
        """What a release that was refused must not change."""
        return (
            self.git("rev-parse", "HEAD"),
            self.git("tag"),
            self.git("status", "--porcelain"),
        )


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    return Repository(tmp_path)


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "release-key"
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen (openssh-client) is missing: nothing can be signed here")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    monkeypatch.setenv(KEY_VARIABLE, str(path))
    return path


def test_a_release_is_made_tagged_and_signed(repository: Repository, key: Path) -> None:
    assert repository.release() == 0
    assert repository.calls.read_text().split() == ["test", "lint"]
    # The checkout has moved on by one commit, with its tag.
    assert repository.git("log", "-1", "--format=%s|%an") == f"Release {VERSION}|Somebody\n"
    assert repository.git("describe", "--tags", "--exact-match") == f"v{VERSION}\n"
    assert repository.git("status", "--porcelain") == ""
    changelog = (repository.folder / "CHANGELOG.md").read_text()
    assert f"## {VERSION}, 20" in changelog
    assert "### Added\n\n- **Files can be sent.**\n\n  Type `netrelay send`.\n" in changelog
    left = sorted(path.name for path in (repository.folder / "changelog/unreleased").iterdir())
    assert left == ["README.md"]
    # The artifacts agree with the manifest, the checksums and the signatures.
    manifest = json.loads((repository.artifacts / "MANIFEST.json").read_text())
    assert manifest["version"] == VERSION
    assert manifest["commit"] == repository.git("rev-parse", "HEAD").strip()
    names = {each["name"] for each in manifest["files"]}
    packages = {f"netrelay_{VERSION}~{python}_{machine}.deb" for machine, python in PACKAGES}
    assert names == packages | {
        f"netrelay-{VERSION}.tar.gz",
        f"netrelay-{VERSION}-changes.md",
        f"netrelay-{VERSION}-py3-none-any.whl",
    }
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=repository.artifacts,
        check=True,
    )
    assert is_signed(repository, key)
    allowed = key.with_suffix(".allowed")
    option = f"gpg.ssh.allowedSignersFile={allowed}"
    repository.git("-c", option, "tag", "--verify", f"v{VERSION}")


def is_signed(repository: Repository, key: Path) -> bool:
    """Whether the signature over SHA256SUMS is the key's."""
    allowed = key.with_suffix(".allowed")
    allowed.write_text(f"somebody@example.org {key.with_suffix('.pub').read_text()}")
    sums = repository.artifacts / "SHA256SUMS"
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "somebody@example.org"]
    with sums.open("rb") as signed:
        run = subprocess.run(
            [*command, "-n", NAMESPACE, "-s", f"{sums}.sig"],
            stdin=signed,
            capture_output=True,
            check=False,
        )
    return run.returncode == 0


def test_changed_checksums_are_not_signed(repository: Repository, key: Path) -> None:
    assert repository.release() == 0
    sums = repository.artifacts / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("a", "b"))
    assert not is_signed(repository, key)


def test_a_dry_run_changes_nothing(repository: Repository) -> None:
    before = repository.state()
    assert repository.release("--dry-run") == 0
    assert repository.state() == before
    assert not repository.calls.exists()
    names = {path.name for path in repository.artifacts.iterdir()}
    assert names == {
        "MANIFEST.json",
        "SHA256SUMS",
        f"netrelay-{VERSION}.tar.gz",
        f"netrelay-{VERSION}-changes.md",
    }


def test_an_unsigned_release_has_to_be_asked_for(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    before = repository.state()
    assert repository.release() == CONFIG
    assert f"unsigned: {KEY_VARIABLE} names no key" in capsys.readouterr().err
    assert repository.state() == before
    assert repository.release("--unsigned") == 0
    assert not (repository.artifacts / "SHA256SUMS.sig").exists()


def test_a_key_inside_the_checkout_is_refused(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.write("build/key", "a key")
    monkeypatch.setenv(KEY_VARIABLE, str(repository.folder / "build" / "key"))
    assert repository.release() == CONFIG
    assert "is inside the checkout" in capsys.readouterr().err


def test_a_key_that_is_no_file_is_refused(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "/nonexistent/key")
    assert repository.release() == CONFIG
    assert "/nonexistent/key is no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("untracked.txt", "x", "the tree is not clean"),
        ("CHANGELOG.md", "# Changes\n", "the tree is not clean"),
    ],
)
def test_a_tree_that_is_not_clean_is_refused(
    repository: Repository, capsys: pytest.CaptureFixture[str], name: str, text: str, words: str
) -> None:
    repository.write(name, text)
    assert repository.release("--dry-run") == DATA
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("netrelay/__init__.py", '__version__ = "next"\n', "has no line __version__"),
        ("changelog/unreleased/other.md", "Addde: it.\n\nIt.\n", "line 1 is 'Addde: it.'"),
        ("CHANGELOG.md", "# Changes\n", "CHANGELOG.md lacks the line"),
    ],
)
def test_what_is_not_ready_is_refused(
    repository: Repository, capsys: pytest.CaptureFixture[str], name: str, text: str, words: str
) -> None:
    repository.write(name, text)
    repository.commit()
    before = repository.state()
    assert repository.release("--dry-run") == DATA
    assert words in capsys.readouterr().err
    assert repository.state() == before


def test_a_version_is_released_once(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.release("--unsigned") == 0
    assert repository.release("--unsigned") == DATA
    assert f"v{VERSION} is released already" in capsys.readouterr().err


def test_a_release_without_changes_is_refused(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.folder / "changelog/unreleased/send.md").unlink()
    repository.commit()
    assert repository.release("--dry-run") == DATA
    assert "holds no fragment" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["test lint", "wheel", "deb"])
def test_a_step_that_fails_leaves_no_tag(
    repository: Repository, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    broken = MAKEFILE.replace("$(CALLS)", str(repository.calls)).replace(
        f"\n{target}:\n", f"\n{target}:\n\t@exit 3\n"
    )
    repository.write("Makefile", broken)
    repository.commit()
    before = repository.state()
    assert repository.release("--unsigned") == FAILED
    assert f"`make {target.split()[0]}" in capsys.readouterr().err
    assert repository.state() == before
