"""`netrelay why`: one paragraph about a job or a node, with its cause and advice."""

from argparse import Namespace
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.checks.database_troubles import database_troubles, trouble_words
from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.opening import command, has_connections, reading, runs
from netrelay.cli.queries.cases import Case, cases, is_message_number, known_names, named_jobs
from netrelay.cli.queries.former_jobs import former_jobs
from netrelay.cli.queries.identities import twins
from netrelay.cli.queries.known_peers import peer_names
from netrelay.cli.queries.left_entries import left_entries_named
from netrelay.cli.queries.peer_state import peer_named
from netrelay.cli.queries.refused_messages import refused_messages
from netrelay.cli.queries.this_node import only_dials, own_node
from netrelay.cli.text import json_line
from netrelay.cli.wording.copy_words import copies_said
from netrelay.cli.wording.custody_words import held_last
from netrelay.cli.wording.explain import Situation, paragraph
from netrelay.cli.wording.group_words import member_said, ways_said
from netrelay.cli.wording.job_estimates import with_estimates
from netrelay.cli.wording.left_words import left_paragraph, lying_paragraph
from netrelay.cli.wording.missing_jobs import former_job_words, no_such_job
from netrelay.cli.wording.peer_words import peer_paragraph
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.held_groups import read_groups
from netrelay.store.old_folders import DROP, folder_names

_ALLOWED = "a job's number, a file's name or a peer"


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "why",
        "Say in one paragraph why a job is where it is, why a file is left in a drop folder, or"
        "\nhow things stand with a node: who is waited for, since when, the last error, the next"
        "\ntry, and what would help.",
    )
    made.add_argument("word", metavar="JOB|FILE|NODE", help="a job's number, a file's name, a peer")
    made.add_argument("--json", action="store_true", help="one JSON object, with the cause as word")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print the paragraph; of files with one name, for the newest."""
    options = parser().read(arguments)
    with reading(home) as database:
        own = own_node(database).name
        situation = Situation(own, home, runs(home), only_dials(database))
        peer = None if options.word.isdigit() else peer_named(database, options.word)
        if peer is not None:
            if peer.connection == "open" and not has_connections(home):
                peer = peer._replace(connection="none")
            refused = refused_messages(database, peer.peer)
            twin = next((each for each in twins(database) if each.node == peer.node), None)
            group = ways_said(database, peer.peer)
            # A group sends nothing, and needs no right.
            shown = peer._replace(may="nothing") if group else peer
            words = " ".join([peer_paragraph(shown, refused, situation, twin), *group])
            fields = {
                **peer._asdict(),
                "refused": [each._asdict() for each in refused],
                "text": words,
            }
            print(json_line("peer", fields) if options.json else words)
            return Exit.OK
        left = left_entries_named(database, options.word)
        if left and not named_jobs(database, options.word):
            words = left_paragraph(left, situation)
            fields = {"entries": [each._asdict() for each in left], "text": words}
            print(json_line("left-in-drop", fields) if options.json else words)
            return Exit.OK
        if not named_jobs(database, options.word) and _print_former(database, home, options):
            return Exit.OK
        if not named_jobs(database, options.word) and _print_lying(database, situation, options):
            return Exit.OK
        case, others = job_named(database, home, options.word)
        held = held_last(database, case.job) if case.state != "F" else None
        copies = copies_said(database, case.job)
        members = member_said(database, case.job)
    # Its row says nothing of what keeps the whole node from storing.
    troubles = trouble_words(database_troubles(home), home)
    held_words = [printable(held)] if held is not None else []
    words = " ".join(
        [
            paragraph(case, situation),
            *members,
            *held_words,
            *copies,
            *(f"But {each}." for each in troubles),
        ]
    )
    print(json_line("job", {**case._asdict(), "text": words}) if options.json else words)
    if others and not options.json:
        print(f"\nThat is the newest of this name; others: {', '.join(map(str, others))}.")
    if left and not options.json:
        print(f"\n{left_paragraph(left, situation)}")
    return Exit.OK


def _print_former(database: ReadOnlyDatabase, home: Home, options: Namespace) -> bool:
    """Print what is known of a job that is no longer in the history; return whether it is one."""
    found = former_jobs(database, options.word)
    if not found:
        return False
    words = former_job_words(found[0], home)
    if options.json:
        print(json_line("former-job", {**found[0]._asdict(), "text": words}))
    else:
        others = ", ".join(str(each.job) for each in found[1:])
        print(
            f"{words}." + (f"\n\nThat is the newest of this name; others: {others}." * bool(others))
        )
    return True


def _print_lying(database: ReadOnlyDatabase, situation: Situation, options: Namespace) -> bool:
    """Print what is said of a name that lies in a drop folder; return whether there is one."""
    words = lying_paragraph(options.word, folder_names(database, DROP).values(), situation)
    if words is None:
        return False
    fields = {"entries": [], "text": words}
    print(json_line("left-in-drop", fields) if options.json else words)
    return True


def _nothing_found(database: ReadOnlyDatabase, home: Home, word: str) -> CommandError:
    """Return the error for an unknown job or node, with the nearest known name."""
    peers = [peer.name for peer in peer_names(database)]
    if word in peers:
        return CommandError(
            Exit.DATA, f"{word} is a node and no job: `{command(home, f'why {word}')}` is about it"
        )
    if any(word in group[:2] for group in read_groups(database)):
        return CommandError(
            Exit.DATA,
            f"{word} is a group that this node is a member of, and no job:"
            f" `{command(home, 'group ls')}` says what of it waits here",
        )
    if former_jobs(database, word) or is_message_number(word):
        return CommandError(Exit.DATA, no_such_job(database, home, word, _ALLOWED))
    hint = printable(nearest(word, [*peers, *known_names(database)]))
    return CommandError(
        Exit.DATA,
        f"there is no job or node {printable(word)!r}{hint}"
        f" ({_ALLOWED}; `{command(home, 'jobs')}` lists jobs)",
    )


def job_named(database: ReadOnlyDatabase, home: Home, word: str) -> tuple[Case, list[int]]:
    """Return the newest job of this number or name, and the other jobs of this name."""
    jobs = named_jobs(database, word)
    if not jobs:
        raise _nothing_found(database, home, word)
    (case,) = with_estimates(database, cases(database, jobs[:1]))
    return case, jobs[1:]
