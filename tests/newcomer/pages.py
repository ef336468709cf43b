"""Pages of the documents, typed on one machine by one kind of user (.ci/newcomer-page).

With a checkout, shelf and boat are homes of the user. With the package shelf is the node of the
system, and boat a home of the operator: root for root, pi for the others.
"""

import os
import re
from collections import Counter
from collections.abc import Callable

from tests.newcomer.first_hour import shortened
from tests.newcomer.instructions import (
    TUTORIAL,
    lines_by_heading,
    read_instructions,
    without_comment,
)
from tests.newcomer.machine import NamespacedMachine
from tests.newcomer.terminal import Terminal, UnansweredError

DOCUMENTS = TUTORIAL.parent
README = DOCUMENTS.parent / "README.md"
STOPS_BOTH = "kill %1 %2"
NOT_PERMITTED = 77
FAILED = 2

# The first `make setup` on a small Pi or a busy machine.
_LINE_S = 1800.0
_READY_S = 180.0
_SET_UP_LINES = 4
_NO_SYSTEMD = "needs a booted systemd; `make booted-test` has units"
_LEFT_OUT = {
    r"\b(systemctl|loginctl|systemd-run)\b": _NO_SYSTEMD,
    r"\bufw\b": "the network namespace has no firewall",
}
_LEFT_OUT_WITH_PACKAGE = {r"\.config/systemd/user": "for a node without the package"}
# Without sudo: what is not a command of netrelay changes files that are another user's.
_LEFT_OUT_WITHOUT_RIGHTS = {
    r"^(sed|cp) ": "changes files of the node, which are another user's",
    r"--home ~/new-card": "needs the copy that was left out",
}
_PATHS_OF_PACKAGE = {
    r"~/netrelay(?![-\w])": "/var/lib/netrelay",
    r"/usr/local/bin/netrelay": "/usr/bin/netrelay",
}
_COMMAND = re.compile(r"(?<![\w~.-])(?:/usr/bin/)?netrelay (?=[a-z])")
_PORTS, _MOVE, _ALL = (
    "Change the ports?",
    "Move a node to a new card or machine?",
    "Send to all peers?",
)
# So many lines of an answer are typed while shelf is stopped.
_STOPPED_FOR = {_PORTS: 1, _MOVE: 2}
# A copy does not run yet, and that alone may fail.
_CHECKS_COPY = "netrelay check --home ~/new-card"
# The answer that is about shelf as a peer is for boat.
_ON_BOAT = re.compile(r"netrelay peer \w+ shelf\b")


def failed_checks(answer: list[str]) -> list[str]:
    """Return what fails in an answer of `netrelay check`."""
    return [each.split()[1] for each in answer if each.startswith("fail ")]


def is_told_what_to_type(line: str, status: int, answer: list[str], *, must_be_told: bool) -> bool:
    """Return True for a refusal that has the command to type, False for a line that was done.

    UnansweredError for any other failure, and for what is done although it must be refused.
    """
    has_command = any("`sudo netrelay " in each for each in answer)
    # A pipe or `||` has a status of its own.
    is_told = has_command and (status == NOT_PERMITTED or "|" in line)
    if not is_told and (status != 0 or must_be_told):
        raise UnansweredError("\n".join([f"`{line}` ended with {status}:", *answer]))
    return is_told


class Visit:
    """One user at one machine; say is called with each line, then with its answer."""

    def __init__(
        self,
        machine: NamespacedMachine,
        user: str,
        *,
        is_package: bool,
        say: Callable[[str], None],
    ) -> None:
        groups = "member,netrelay" if user == "member" else None
        self._user = machine.as_user(user, groups)
        self._operator = machine.as_user("root" if user == "root" else "pi")
        self._root = machine.as_user("root")
        self._owner = self._root if is_package else self._operator
        self._is_package = is_package
        self._is_owner = not is_package or user == "root"
        self._has_sudo = user in ("root", "pi")
        self._say = say
        self._counts: Counter[str] = Counter()

    def summary(self) -> str:
        """Return how many lines were typed and left out since install(), and what was answered."""
        return ", ".join(f"{count} {what}" for what, count in sorted(self._counts.items()))

    def install(self) -> None:
        """Set netrelay up as the tutorial says, with the network of the machine around."""
        if self._is_package:
            lines = ["sudo apt-get update && sudo apt-get install --yes /srv/netrelay.deb"]
        else:
            blocks = read_instructions(TUTORIAL.read_text(encoding="utf-8"))
            lines = [without_comment(line) for line in blocks[0].lines[:_SET_UP_LINES]]
        with self._operator.open_terminal(with_network=True) as terminal:
            for line in lines:
                self._type(terminal, self._operator, self._operator.word_for(line) or line)
        if self._is_package:
            self._as(self._root, "usermod -aG netrelay member")
        self._counts.clear()

    def type_readme(self) -> None:
        """Type the lines of "Two nodes on this machine" in the checkout, or beside a README.md."""
        text = README.read_text(encoding="utf-8")
        assert f"`{STOPS_BOTH}` stops both" in text
        before = [] if self._is_package else ["cd netrelay-source"]
        self._put("README.md", README.read_bytes())
        with self._user.open_terminal(with_network=False) as terminal:
            for line in (*before, *lines_by_heading(text)["Two nodes on this machine"]):
                answer = self._type(terminal, self._user, line)
            self._type(terminal, self._user, f"{STOPS_BOTH}; wait")
        if not any("inbox/shelf/README.md" in each for each in answer):
            raise UnansweredError("\n".join(["README.md is not in the inbox of boat:", *answer]))

    def type_how_do_i(self) -> None:
        """Type the answers of docs/how-do-i.md into a pair that runs."""
        self._make_pair()
        self._put("report.pdf", b"%PDF")
        shelf, boat = self._up(self._owner, ""), self._up(self._operator, " --home ~/boat")
        try:
            questions = lines_by_heading((DOCUMENTS / "how-do-i.md").read_text(encoding="utf-8"))
            for question, lines in questions.items():
                self._say(f"## {question}\n")
                stopped_for = _STOPPED_FOR.get(question, 0) if self._is_owner else 0
                if stopped_for:
                    shelf.close()
                for at, line in enumerate(lines, start=1):
                    self._answer(line)
                    if at == stopped_for:
                        shelf = self._up(self._owner, "")
                self._look_at(question)
        finally:
            shelf.close()
            boat.close()

    def _make_pair(self) -> None:
        self._as(
            self._owner,
            "netrelay init shelf --address 127.0.0.2",
            "netrelay id --card /tmp/shelf.card",
        )
        self._as(
            self._operator,
            "netrelay init boat --home ~/boat --address 127.0.0.3",
            "netrelay id --card /tmp/boat.card --home ~/boat",
            "netrelay peer add /tmp/shelf.card --home ~/boat",
            "netrelay peer allow shelf deliver --home ~/boat",
        )
        self._as(
            self._owner, "netrelay peer add /tmp/boat.card", "netrelay peer allow boat deliver"
        )

    def _look_at(self, question: str) -> None:
        """Look whether the answer to a question did what it says."""
        if question == _PORTS and self._is_owner:
            self._as(self._operator, "netrelay peer ping shelf --home ~/boat")
        elif question == _ALL and (self._has_sudo or self._user.user == "member"):
            seen = "until netrelay inbox --home ~/boat | grep report.pdf; do sleep 1; done"
            self._as(self._operator, f"timeout {_READY_S:.0f} bash -c '{seen}'")

    def _answer(self, line: str) -> None:
        """Type a line of the page where it belongs, and judge the answer."""
        patterns = dict(_LEFT_OUT)
        if self._is_package:
            patterns |= _LEFT_OUT_WITH_PACKAGE
            for path, real in _PATHS_OF_PACKAGE.items():
                line = re.sub(path, real, line)
        if not self._is_owner:
            patterns |= _LEFT_OUT_WITHOUT_RIGHTS
        for pattern, reason in patterns.items():
            if re.search(pattern, line):
                self._say(f"(left out: {line}\n {reason})\n")
                self._counts["left out"] += 1
                return
        where = self._user
        if _ON_BOAT.match(line) and self._is_owner:
            line, where = f"{line} --home ~/boat", self._operator
        elif _ON_BOAT.match(line):
            line = line.replace("shelf", "boat")
        with where.open_terminal(with_network=False) as terminal:
            if line == _CHECKS_COPY and self._is_owner:
                self._type_check_of_copy(terminal, line)
            elif self._is_owner:
                self._type(terminal, where, line)
            else:
                self._type_at_anothers_node(terminal, line)

    def _type_check_of_copy(self, terminal: Terminal, line: str) -> None:
        self._say(f"{self._user.user}$ {line}")
        status, answer = terminal.ask(line, _LINE_S)
        self._say("".join(f"{each}\n" for each in answer))
        if status != FAILED or failed_checks(answer) != ["processes"]:
            raise UnansweredError("\n".join([f"`{line}` ended with {status}:", *answer]))
        self._counts["done"] += 1

    def _type_at_anothers_node(self, terminal: Terminal, line: str) -> None:
        """Type a line that is done, or refused with the command to type instead."""
        self._say(f"{self._user.user}$ {line}")
        status, answer = terminal.ask(line, _LINE_S)
        self._say("".join(f"{each}\n" for each in shortened(answer)))
        is_netrelay = _COMMAND.search(line) is not None
        must_be_told = is_netrelay and self._user.user != "member"
        is_told = is_told_what_to_type(line, status, answer, must_be_told=must_be_told)
        self._counts["refused with what to type" if is_told else "done"] += 1
        if is_told and self._has_sudo and "peer address" not in line:
            self._type(terminal, self._user, _COMMAND.sub("sudo netrelay ", line))

    def _type(self, terminal: Terminal, who: NamespacedMachine, line: str) -> list[str]:
        """Type a line that must succeed; return its answer."""
        self._say(f"{who.user}$ {line}")
        answer = terminal.type(line, _LINE_S)
        self._say("".join(f"{each}\n" for each in shortened(answer)))
        self._counts["done"] += 1
        return answer

    def _as(self, who: NamespacedMachine, *lines: str) -> None:
        """Type lines that are no lines of the page; they are not shown."""
        with who.open_terminal(with_network=False) as terminal:
            for line in lines:
                terminal.type(line, _LINE_S)

    def _up(self, who: NamespacedMachine, home: str) -> Terminal:
        terminal = who.open_terminal(with_network=False)
        terminal.begin(f"netrelay up{home}", "is up", _READY_S)
        return terminal

    def _put(self, name: str, content: bytes) -> None:
        folder = self._user.home_directory
        path = folder / name
        path.write_bytes(content)
        os.chown(path, folder.stat().st_uid, folder.stat().st_gid)
