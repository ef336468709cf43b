"""`netrelay why` on running nodes: the command that it suggests helps."""

import os
import re
import shutil

from netrelay.ring.process_bell import ring
from tests.story.nodes import MIB, Homes, RunningNode, wait_for

GIB = 1024 * MIB
CAUSE = "SELECT cause FROM causes WHERE job = (SELECT max(job) FROM jobs WHERE kind = 'file')"


def test_the_command_that_it_suggests_helps(homes: Homes) -> None:
    shelf, boat = homes.node("shelf"), homes.node("boat")
    shelf.enrol(boat)
    boat.enrol(shelf)
    for node in (shelf, boat):
        node.start()
    dropped = shelf.drop("boat", "photo.jpg", b"x" * 100)
    wait_for_cause(shelf, "right-missing")
    words = said(shelf, "photo.jpg")
    typed = re.search(r"there, type: netrelay ([a-z ]+)\.", words)
    assert typed is not None, words
    assert typed[1] == "peer allow shelf deliver"
    boat.line.good(*typed[1].split())
    boat.wait_for_delivery("shelf", dropped)
    wait_for_cause(shelf, "delivered")
    assert "signed word" in shelf.line.good("why", "photo.jpg")

    boat.stop()
    second = shelf.drop("boat", "late.txt", b"y")
    wait_for_cause(shelf, "no-connection")
    shelf.due_now()
    wait_for(
        "a second failure",
        lambda: "there, `netrelay up` starts it" in said(shelf, "late.txt"),
    )
    boat.start()
    shelf.due_now()
    boat.wait_for_delivery("shelf", second)


def said(node: RunningNode, name: str) -> str:
    """Return the answer of `netrelay why`; `pytest -s` prints it."""
    words = node.line.good("why", name)
    print(re.sub(r" --home [^ `]*", "", f"\n$ netrelay why {name}\n{words}"))
    return words


def wait_for_cause(node: RunningNode, cause: str) -> None:
    wait_for(cause, lambda: node.value(CAUSE) == cause)


def wait_for_cause_of(node: RunningNode, name: str, cause: str) -> None:
    asked = f"SELECT cause FROM causes JOIN jobs USING (job) WHERE name = '{name}'"
    wait_for(cause, lambda: node.value(asked) == cause)


def test_a_paused_peer_and_a_missing_route(homes: Homes) -> None:
    shelf, boat, buoy = homes.node("shelf"), homes.node("boat"), homes.node("buoy")
    for other in (boat, buoy):
        shelf.enrol(other, "deliver")
    shelf.line.good("peer", "route", "buoy", "--via", "boat")
    shelf.start()
    shelf.line.good("pause", "boat")
    shelf.drop("boat", "photo.jpg", b"x" * 100)
    wait_for_cause(shelf, "paused")
    words = said(shelf, "photo.jpg")
    assert "boat is paused since" in words
    assert "`netrelay resume boat" in words
    shelf.line.good("cancel", "photo.jpg")
    # Its relay is removed, and the route with it.
    shelf.line.good("peer", "rm", "boat", "--keep-jobs")
    shelf.drop("buoy", "list.csv", b"y")
    wait_for_cause(shelf, "no-route")
    words = said(shelf, "list.csv")
    assert "waits for a way to buoy" in words
    assert "`netrelay peer route buoy --direct" in words


def test_a_dead_job_names_the_cause_of_its_wait(homes: Homes) -> None:
    shelf, boat = homes.node("shelf"), homes.node("boat")
    shelf.enrol(boat, "deliver")
    shelf.start()
    shelf.drop("boat", "photo.jpg", b"x" * 100)
    shelf.wait_for_rows("SELECT 1 FROM causes WHERE cause = 'no-agreement' AND tries > 0")
    # Expired by the test, which cannot wait for an hour.
    shelf.change("UPDATE messages SET expires_s = 0 WHERE type = 6")
    with shelf.line.environment():
        ring(shelf.home.runtime, "processor_s")
    wait_for_cause(shelf, "expired")
    words = said(shelf, "photo.jpg")
    assert "its lifetime of 30 d was over before boat had it" in words
    assert "Connection refused" in words
    assert "`netrelay retry 1" in words


def test_a_full_disk_at_the_destination(homes: Homes) -> None:
    shelf, boat = homes.node("shelf"), homes.node("boat")
    shelf.enrol(boat)
    boat.enrol(shelf, "deliver")
    for node in (shelf, boat):
        node.start()
    boat.line.good("peer", "quota", "shelf", "100T")
    # A sparse file needs no space here, and more than is free at its destination.
    large = homes.folder / "film.mkv"
    large.touch()
    os.truncate(large, shutil.disk_usage(homes.folder).free + GIB)
    large.rename(shelf.home.drop / "boat" / "film.mkv")
    wait_for_cause(shelf, "disk-full")
    words = said(shelf, "film.mkv")
    assert "boat refuses film.mkv" in words
    assert "the disk of boat is full" in words
    assert "Somebody has to make room on boat; then it goes by itself" in words
    # Files that fit are sent meanwhile.
    boat.wait_for_delivery("shelf", shelf.drop("boat", "list.csv", b"y"))
    shelf.line.good("cancel", "film.mkv")
    wait_for_cause_of(shelf, "film.mkv", "cancelled")


def test_an_inbox_that_cannot_be_written(homes: Homes) -> None:
    shelf, boat = homes.node("shelf"), homes.node("boat")
    shelf.enrol(boat)
    boat.enrol(shelf, "deliver")
    folder = boat.home.inbox / "shelf"
    if folder.is_dir():
        folder.rmdir()
    folder.write_bytes(b"a file where a folder should be")
    for node in (shelf, boat):
        node.start()
    dropped = shelf.drop("boat", "photo.jpg", b"x" * 100)
    wait_for_cause(boat, "undelivered")
    words = said(boat, "photo.jpg")
    assert "cannot be put into the inbox since" in words
    assert "Make inbox/shelf a plain folder on the file system of the home" in words
    waiting = "SELECT trouble_s FROM files WHERE due_s > 0"
    since = boat.rows(waiting)
    assert len(since) == 1
    boat.stop()
    boat.start()
    assert boat.rows(waiting) == since
    folder.unlink()
    boat.change("UPDATE files SET due_s = 1 WHERE due_s > 0")
    with boat.line.environment():
        ring(boat.home.runtime, "exporter")
    boat.wait_for_delivery("shelf", dropped)
    wait_for_cause(boat, "received")
    assert boat.rows(waiting) == []
