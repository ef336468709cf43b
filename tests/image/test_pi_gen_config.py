"""What pi-gen is told: its configuration, the pinned checkout, the mounted stage."""

import subprocess
from pathlib import Path

import pytest

from tests.house.source_tree import CHECKOUT

FOLDER = CHECKOUT / "image" / "pi-gen-config"
# Notes how it was called, as pi-gen's own two programs would be.
STUB = '#!/bin/bash\necho "$PWD $0 $*" >called\nenv >>called\n'


def sourced(variable: str, **environment: str) -> str:
    command = ["bash", "-eu", "-c", f'. {FOLDER}/config; printf %s "${variable}"']
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def run(pi_gen: Path, deb: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{pi_gen}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "NETRELAY_PI_GEN": str(pi_gen),
        "NETRELAY_DEB": str(deb),
        **more,
    }
    command = [str(FOLDER / "run"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def deb(tmp_path: Path) -> Path:
    """Give something in the place of the package."""
    path = tmp_path / "netrelay.deb"
    path.write_bytes(b"package")
    return path


@pytest.fixture
def pi_gen(tmp_path: Path) -> Path:
    """Give a checkout that says it is the pinned one, with stubs that only note their call."""
    folder = tmp_path / "pi-gen"
    for name in ("bin", "stage2"):
        (folder / name).mkdir(parents=True)
    pinned = next(
        line.partition("=")[2]
        for line in (FOLDER / "run").read_text().splitlines()
        if line.startswith("commit=")
    )
    stubs = {"build.sh": STUB, "build-docker.sh": STUB, "bin/docker": "#!/bin/bash\n"}
    stubs |= {"bin/git": f"#!/bin/bash\necho {pinned}\n", "bin/id": "#!/bin/bash\necho 0\n"}
    for name, text in stubs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def test_the_stage_comes_last_and_is_found_where_it_is_mounted() -> None:
    stages = sourced("STAGE_LIST", NETRELAY_CHECKOUT="/netrelay").split()
    assert stages[:3] == ["stage0", "stage1", "stage2"]
    assert stages[3:] == ["/netrelay/image/pi-gen-config/stage-netrelay"]


def test_no_password_is_configured() -> None:
    text = (FOLDER / "config").read_text()
    assert "FIRST_USER_PASS=" not in text
    assert "WPA_PASSWORD" not in text


def test_docker_sees_checkout_and_package(pi_gen: Path, deb: Path) -> None:
    done = run(pi_gen, deb)
    assert done.returncode == 0, done.stderr
    called = (pi_gen / "called").read_text()
    assert f"/build-docker.sh -c {FOLDER}/config" in called
    assert f"--volume {CHECKOUT}:/netrelay:ro --volume {deb}:/netrelay.deb:ro" in called
    assert "--env NETRELAY_DEB=/netrelay.deb" in called
    assert (pi_gen / "stage2" / "SKIP_IMAGES").exists()


def test_the_native_way_names_them_itself(pi_gen: Path, deb: Path) -> None:
    done = run(pi_gen, deb, "--native")
    assert done.returncode == 0, done.stderr
    called = (pi_gen / "called").read_text()
    assert f"/build.sh -c {FOLDER}/config" in called
    assert {f"NETRELAY_DEB={deb}", f"NETRELAY_CHECKOUT={CHECKOUT}"} <= set(called.splitlines())


def test_another_commit_is_refused(pi_gen: Path, deb: Path) -> None:
    (pi_gen / "bin" / "git").write_text("#!/bin/bash\necho 0123456789\n")
    done = run(pi_gen, deb)
    assert (done.returncode, "is at 0123456789, not at" in done.stderr) == (65, True)
    assert not (pi_gen / "called").exists()


def test_a_package_that_is_not_there_is_named(pi_gen: Path, tmp_path: Path) -> None:
    done = run(pi_gen, tmp_path / "none.deb")
    assert (done.returncode, "none.deb, and there is no such file" in done.stderr) == (69, True)
