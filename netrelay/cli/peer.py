"""`netrelay peer`: the other nodes this one knows, and what each may do here."""

import json
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.node import command, find_friend, reading, writing
from netrelay.cli.text import json_line, size, table
from netrelay.runtime.home import Home

VERBS = {
    "deliver": "put its own messages into this node's inbox",
    "relay": "hand over messages for other nodes, to be carried on",
    "carry": "bring messages of the third node NODE",
}
_HELP = """usage: netrelay peer add CARD [--name NAME] [--address HOST[:PORT]]...
       netrelay peer allow NAME deliver|relay|carry [NODE]
       netrelay peer route NAME --via NODE|--direct|--none
       netrelay peer ls [--json]

The other nodes this one knows, and what each may do here. A peer may do nothing
until it is allowed to.

  add      enrol a node by its card, the file that `netrelay id --card` writes there
  allow    let a peer do something here:"""


def main(arguments: Sequence[str], home: Home) -> int:
    """Run one of the four."""
    words = {"add": _add, "allow": _allow, "route": _route, "ls": _list}
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_HELP)
        print("\n".join(f"             {verb:8} {meaning}" for verb, meaning in VERBS.items()))
        print("  route    say which neighbour takes what is for it")
        print("  ls       show them")
        return Exit.OK if arguments else Exit.USAGE
    word, rest = arguments[0], arguments[1:]
    if word not in words:
        raise CommandError(
            Exit.USAGE,
            f"peer {word!r} is none of its words{nearest(word, words)}"
            " (allowed: add, allow, route, ls)",
        )
    return words[word](rest, home)


def _add(arguments: Sequence[str], home: Home) -> int:
    # The card's checks need cryptography, which the other two do without.
    from netrelay.cli.peer_add import main as add

    return add(arguments, home)


def _route(arguments: Sequence[str], home: Home) -> int:
    from netrelay.cli.peer_route import main as route

    return route(arguments, home)


def _allow(arguments: Sequence[str], home: Home) -> int:
    parser = CommandParser("peer allow", "Let a peer do something at this node.")
    parser.add_argument("name", metavar="NAME", help="the peer: name or node id")
    parser.add_argument(
        "verb", metavar="VERB", help="; ".join(f"{v}: {m}" for v, m in VERBS.items())
    )
    parser.add_argument("subject", metavar="NODE", nargs="?", help="carry: whose messages")
    options = parser.read(arguments)
    if options.verb not in VERBS:
        parser.error(
            f"{options.verb!r} is no right{nearest(options.verb, VERBS)} (allowed: "
            f"{', '.join(VERBS)})"
        )
    if (options.verb == "carry") != (options.subject is not None):
        parser.error(
            "carry needs the third node: NAME carry NODE"
            if options.verb == "carry"
            else f"{options.verb} takes no third node, {options.subject!r} is one word too many"
        )
    with writing(home) as database:
        peer = find_friend(database, home, options.name)
        subject = find_friend(database, home, options.subject) if options.subject else None
        if subject == peer:
            raise CommandError(Exit.DATA, f"{peer.name} cannot carry for itself; that is `deliver`")
        database.execute(
            "INSERT INTO rights VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (peer.node, options.verb, subject.node if subject else ""),
        )
        already = database.changes() == 0
    meaning = VERBS[options.verb].replace("the third node NODE", subject.name if subject else "")
    print(f"{peer.name} {'could already' if already else 'may now'} {meaning}")
    return Exit.OK


def _list(arguments: Sequence[str], home: Home) -> int:
    parser = CommandParser("peer ls", "Show the other nodes this one knows.")
    parser.add_argument("--json", action="store_true", help="one JSON object for each peer")
    options = parser.read(arguments)
    with reading(home) as database:
        names = {str(n): str(name) for n, name in database.rows("SELECT node, name FROM peers")}
        rows = database.rows(
            "SELECT p.node, p.name, p.addresses, p.commsport, p.via, y.message_size,"
            " (SELECT json_group_array(json_array(r.verb, r.subject)) FROM rights r"
            "   WHERE r.peer = p.node)"
            " FROM peers p LEFT JOIN sysinfo y ON y.node = p.node ORDER BY p.name"
        )
    cells = []
    for node, name, addresses, commsport, via, message_size, rights_text in rows:
        rights = [
            f"{verb} {names.get(subject, subject)}".rstrip()
            for verb, subject in json.loads(str(rights_text))
        ]
        hosts = json.loads(str(addresses))
        if options.json:
            fields = {
                "node": node,
                "name": name,
                "addresses": hosts,
                "commsport": commsport,
                "via": via,
                "message_size": message_size,
                "rights": rights,
            }
            print(json_line("peer", fields))
            continue
        route = "no route" if via is None else "direct" if via == node else names.get(str(via), "?")
        agreed = size(message_size) if isinstance(message_size, int) else "nothing yet"
        where = f"{', '.join(hosts) or 'no address'} port {commsport!s}"
        cells.append((str(name), ", ".join(rights) or "nothing", route, agreed, where, str(node)))
    if cells:
        heading = ("PEER", "MAY", "ROUTE", "AGREED", "ADDRESS", "NODE ID")
        print("\n".join(table(heading, cells)))
    elif not options.json:
        print(f"no peer yet: `{command(home, 'peer add CARD')}` enrols one")
    return Exit.OK
