"""The report shows goal and measured side by side, and never a trial as the benchmark."""

from pathlib import Path
from xml.etree import ElementTree

from bench.full.report import NAME, render, write_report
from bench.full.results import load
from tests.bench.results import result

MEASURED = {
    "large/netrelay/rate": [150.0, 100.0, 90.0],
    "large/rsync --fsync/rate": [100.0, 100.0, 100.0],
    "large/scp, sync/rate": [20.0, 25.0, 30.0],
    "large/netrelay/written/source": [0.017],
}


def test_a_goal_stands_beside_what_was_measured() -> None:
    page = render({"large": result(measurements=MEASURED)})
    assert (
        "| 256 MiB, beside rsync --fsync to a plaintext daemon | 1.2 x | 1.00 x | **missed** |"
        in page
    )
    assert "| 256 MiB, beside scp and a flush | 3 x | 4.00 x | met |" in page
    assert "| 256 MiB: bytes written at the source for each byte | 0.02 | 0.017 B/B | met |" in page
    assert "| texts, to receipt | 5,000 /s | not measured | |" in page


def test_each_contestant_has_its_spread_and_the_ratio_of_netrelay() -> None:
    page = render({"large": result(measurements=MEASURED)})
    assert "| netrelay | 100 | 90.0 | 150 | 3 | |" in page
    assert "| scp, sync | 25.0 | 20.0 | 30.0 | 3 | 4.00 x |" in page
    assert "Not comparable: netrelay encrypts" in page


def test_what_went_wrong_is_told() -> None:
    page = render(
        {
            "large": result(
                measurements=MEASURED,
                cut="the time was enough for 3 of 5 rounds",
                left_out={"nncp": "nncp-file: not found (Debian: nncp)"},
                load_average=[6.0, 7.0],
            ),
            "small": result("small", fault="small0: a job died"),
        }
    )
    assert "Cut short: the time was enough for 3 of 5 rounds." in page
    assert "- nncp: nncp-file: not found (Debian: nncp)" in page
    assert "load average 6.0 to 7.0 (**other programs ran: repeat it**)" in page
    assert "**It failed: small0: a job died**" in page


def test_a_trial_is_no_benchmark(tmp_path: Path) -> None:
    result(measurements=MEASURED, scale=0.02).save(tmp_path)
    real = write_report(tmp_path, tmp_path / "real").read_text()
    trial = write_report(tmp_path, tmp_path / "trial", 0.02).read_text()
    assert "| 256 MiB, beside scp and a flush | 3 x | not measured | |" in real
    assert "A trial at scale 0.02" not in real
    assert "A trial at scale 0.02" in trial
    assert "| 256 MiB, beside scp and a flush | 3 x | 4.00 x | met |" in trial


def test_plots_are_images_of_what_was_measured(tmp_path: Path) -> None:
    result(measurements=MEASURED).save(tmp_path)
    series = {"netrelay status": [(1000.0, 0.1), (1_000_000.0, 0.14)]}
    result("growth", series=series).save(tmp_path)
    page = write_report(tmp_path, tmp_path).read_text()
    for shard, words in (("large", "rsync --fsync"), ("growth", "1M")):
        assert f"({NAME}/{shard}.svg)" in page
        image = ElementTree.parse(tmp_path / NAME / f"{shard}.svg")
        assert words in {element.text for element in image.iter()}
    written = {f"{shard}.{kind}" for shard in ("large", "growth") for kind in ("svg", "json")}
    assert {path.name for path in (tmp_path / NAME).iterdir()} == written
    assert load(tmp_path / NAME, "large") == load(tmp_path, "large")
