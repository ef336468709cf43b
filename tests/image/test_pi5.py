"""The image for a Pi 5 and 500 has what their parts need; what it lacks is named.

No emulator has such a board, so device trees, drivers and files are held against pi5_parts.toml.
NETRELAY_IMAGE_PI5 names the image; unsaid, it is the newest of build/image.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house.source_tree import CHECKOUT
from tests.image.board_parts import BoardImage, enabled, merged, missing, read_list
from tests.image.image_file import ENVIRONMENT, Image, find_image, run

FLAVOUR = CHECKOUT / "image" / "flavours" / "pi5"
HOOK = FLAVOUR / "system-files/etc/kernel/postinst.d/zz-netrelay-boards"
TREE = """\
/dts-v1/;
/ {
	compatible = "raspberrypi,5-model-b", "brcm,bcm2712";
	mmc: mmc@0 { compatible = "brcm,bcm2712-sdhci", "brcm,sdhci-brcmstb"; };
	off@1 {
		compatible = "vendor,off";
		status = "disabled";
		below { compatible = "vendor,below"; };
	};
};
"""
TOOLS = ("dtc", "fdtoverlay", "lsinitramfs", "unmkinitramfs")

needs_dtc = pytest.mark.skipif(not shutil.which("dtc"), reason="there is no dtc on this machine")


def module_names(listing: str) -> frozenset[str]:
    """Give the modules whose paths are in a listing."""
    names = (line.partition(":")[0].rsplit("/", 1)[-1] for line in listing.splitlines())
    return frozenset(name.partition(".ko")[0].replace("-", "_") for name in names if ".ko" in name)


def read_board_image(image: Image, folder: Path) -> BoardImage:
    boot = folder / "boot-files"
    boot.mkdir()
    run("mcopy", "-s", "-m", "-i", os.fspath(image.boot), "::/", os.fspath(boot))
    (version,) = image.names("/usr/lib/modules")
    modules = f"/usr/lib/modules/{version}"
    aliases: set[tuple[str, str]] = {
        (words[1], words[2])
        for words in map(str.split, image.read(f"{modules}/modules.alias").splitlines())
        if words[:1] == ["alias"]
    }
    built_in = set(module_names(image.read(f"{modules}/modules.builtin")))
    for entry in image.read(f"{modules}/modules.builtin.modinfo").split("\0"):
        name, _, alias = entry.partition(".alias=")
        if alias:
            # Parts of the kernel that could not be modules are only here.
            built_in.add(name)
            aliases.add((alias, name))
    (initrd,) = boot.glob("initrd.img-*")
    firmware = {f"brcm/{name}" for name in image.names("/usr/lib/firmware/brcm")}
    return BoardImage(
        boot,
        frozenset(aliases),
        module_names(run("lsinitramfs", os.fspath(initrd))),
        module_names(image.read(f"{modules}/modules.dep")),
        frozenset(built_in),
        frozenset(firmware),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardImage]:
    """Take the made image apart."""
    lacking = [tool for tool in TOOLS if not shutil.which(tool, path=ENVIRONMENT["PATH"])]
    if lacking:
        pytest.skip(f"{', '.join(lacking)} not found")
    found = find_image("NETRELAY_IMAGE_PI5", "*-arm64-pi5.img")
    if isinstance(found, str):
        pytest.skip(found)
    folder = tmp_path_factory.mktemp("pi5")
    yield read_board_image(Image(found, folder), folder)
    shutil.rmtree(folder)


def test_the_made_image_has_every_part(made: BoardImage, tmp_path: Path) -> None:
    assert missing(made, read_list(), tmp_path) == []


def test_each_driver_that_is_taken_out_is_missed(made: BoardImage, tmp_path: Path) -> None:
    wanted = read_list()
    for part in wanted["part"]:
        driver = part["driver"]
        without = made._replace(
            initrd=made.initrd - {driver},
            system=made.system - {driver},
            built_in=made.built_in - {driver},
        )
        found = missing(without, {**wanted, "tree": []}, tmp_path)
        assert any(line.startswith(part["name"]) and driver in line for line in found), driver


def test_the_overlay_makes_the_tree_of_the_kernel(made: BoardImage, tmp_path: Path) -> None:
    entry = {"name": "made", "base": "bcm2712-rpi-5-b.dtb", "overlay": "overlays/bcm2712d0.dtbo"}
    ours = merged(made.boot, entry, tmp_path)
    theirs = made.boot / "bcm2712-d-rpi-5-b.dtb"
    # -s sorts nodes and properties, whose order an overlay changes.
    texts = [run("dtc", "-q", "-s", "-I", "dtb", "-O", "dts", str(tree)) for tree in (ours, theirs)]
    assert texts[0] == texts[1]


def compile_tree(text: str, target: Path) -> None:
    command = ["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", os.fspath(target)]
    subprocess.run(command, input=text, text=True, check=True)


@needs_dtc
def test_the_overlay_compiles(tmp_path: Path) -> None:
    compile_tree((FLAVOUR / "bcm2712d0.dtso").read_text(), tmp_path / "made.dtbo")
    assert (tmp_path / "made.dtbo").stat().st_size > 0


@needs_dtc
def test_disabled_nodes_and_what_is_below_them_do_not_count(tmp_path: Path) -> None:
    compile_tree(TREE, tmp_path / "made.dtb")
    assert enabled(tmp_path / "made.dtb") == {
        "raspberrypi,5-model-b",
        "brcm,bcm2712",
        "brcm,bcm2712-sdhci",
        "brcm,sdhci-brcmstb",
    }


def small(folder: Path) -> tuple[BoardImage, dict[str, Any]]:
    """Give a board of one part, and an image that has it."""
    folder.mkdir()
    compile_tree(TREE, folder / "base.dtb")
    (folder / "config.txt").write_text("kernel=vmlinuz-1\n")
    (folder / "vmlinuz-1").write_text("")
    image = BoardImage(
        folder,
        frozenset({("of:N*T*Cbrcm,bcm2712-sdhci", "sdhci_brcmstb"), ("pci:v1d2", "rp1_pci")}),
        frozenset({"sdhci_brcmstb"}),
        frozenset({"sdhci_brcmstb", "rp1_pci"}),
        frozenset(),
        frozenset({"a.bin"}),
    )
    card = {"compatible": ["brcm,bcm2712-sdhci"], "driver": "sdhci_brcmstb", "where": "initrd"}
    wanted = {
        "tree": [{"name": "board", "base": "base.dtb"}],
        "part": [
            {"name": "SD card", **card},
            {"name": "RP1", "pci": "v1d2", "driver": "rp1_pci", "where": "system"},
        ],
        "boot": [{"name": "config.txt", "line": "kernel=vmlinuz-*"}],
        "firmware": [{"name": "a.bin"}],
    }
    return image, wanted


@needs_dtc
def test_what_is_missing_is_named(tmp_path: Path) -> None:
    image, wanted = small(tmp_path / "boot")
    assert missing(image, wanted, tmp_path) == []
    assert missing(image._replace(initrd=frozenset()), wanted, tmp_path) == [
        "SD card: sdhci_brcmstb is neither built in nor in the initrd"
    ]
    assert missing(image._replace(firmware=frozenset()), wanted, tmp_path) == [
        "firmware a.bin is missing"
    ]
    other = frozenset({("of:N*T*Cbrcm,bcm2712-sdhci", "another"), ("pci:v9d9", "rp1_pci")})
    assert missing(image._replace(aliases=other), wanted, tmp_path) == [
        "SD card: brcm,bcm2712-sdhci is claimed by another, not sdhci_brcmstb",
        "RP1: rp1_pci does not claim pci v1d2",
    ]
    (image.boot / "vmlinuz-1").unlink()
    (image.boot / "base.dtb").unlink()
    assert missing(image, wanted, tmp_path) == [
        "config.txt names vmlinuz-1, which is not on the boot partition",
        "board: base.dtb is not on the boot partition",
    ]


@needs_dtc
def test_a_tree_without_the_part_or_the_soc_is_named(tmp_path: Path) -> None:
    image, wanted = small(tmp_path / "boot")
    text = TREE.replace("brcm,bcm2712", "brcm,bcm2711")
    compile_tree(text, image.boot / "base.dtb")
    assert missing(image, wanted, tmp_path) == [
        "board: the tree is not of brcm,bcm2712, so os_check refuses it",
        "SD card: no enabled node of the tree for board is brcm,bcm2712-sdhci",
    ]


def run_hook(hook: Path, boot: Path, overlays: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "NETRELAY_BOOT": str(boot)}
    environment["NETRELAY_OVERLAYS"] = str(overlays)
    subprocess.run([hook], check=True, env=environment)


def test_a_new_kernel_brings_the_trees_that_the_firmware_asks_for(tmp_path: Path) -> None:
    boot, overlays = tmp_path / "boot", tmp_path / "overlays"
    overlays.mkdir()
    (overlays / "bcm2712d0.dtbo").write_text("overlay")
    boot.mkdir()
    (boot / "bcm2712-d-rpi-5-b.dtb").write_text("stepping D0")
    run_hook(HOOK, boot, overlays)
    assert (boot / "bcm2712-rpi-500.dtb").read_text() == "stepping D0"
    assert (boot / "overlays/bcm2712d0.dtbo").read_text() == "overlay"


def test_the_other_image_is_refused_by_the_firmware_of_a_pi_5(tmp_path: Path) -> None:
    for name in ("bcm2712-rpi-5-b.dtb", "bcm2711-rpi-4-b.dtb"):
        (tmp_path / name).write_text("")
    hook = CHECKOUT / "image/flavours/standard" / HOOK.relative_to(FLAVOUR)
    run_hook(hook, tmp_path, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bcm2711-rpi-4-b.dtb"]


def test_every_part_of_the_list_has_a_source() -> None:
    for entries in read_list().values():
        for entry in entries:
            assert entry.get("source"), entry
