"""Completion scripts, generated from the parsers: two tables, and an engine for each shell."""

from netrelay.cli.main import COMMANDS
from netrelay.cli.reference.completers import completer
from netrelay.cli.reference.documents import summary
from netrelay.cli.reference.parsers import WORDS, Taken, all_parsers, arguments_of

_ALWAYS = ("--home", "--help")


def script(shell: str) -> str:
    """Return the script for bash, zsh or fish."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _cases() -> tuple[str, str]:
    """Return two shell functions: the words of a command, and the completion kind of a value."""
    words = [
        f"    '') echo '{' '.join((*COMMANDS, 'help'))}' ;;",
        *(f"    {command}) echo '{' '.join(each)}' ;;" for command, each in WORDS.items()),
    ]
    values = ["    *' --home') echo folders ;;", f"    help) echo '={' '.join(COMMANDS)}' ;;"]
    for name, parser in all_parsers().items():
        taken = arguments_of(parser)
        flags = [flag for each in taken for flag in each.flags]
        words.append(f"    '{name}') echo '{' '.join([*flags, *_ALWAYS])}' ;;")
        for each in taken:
            if not each.value:
                continue
            kind = completer(each.value) or "nothing"
            values += [f"    '{name} {flag}') echo '{kind}' ;;" for flag in each.flags]
        kinds = [completer(each.value) for each in taken if not each.flags]
        if len(kinds) > 1 and kinds[0] == "nodes":
            # NODE comes first, then the command's other argument.
            values.append(f"    '{name}') [ \"$2\" = 0 ] && echo nodes || echo '{kinds[1]}' ;;")
        elif kinds and kinds[0]:
            values.append(f"    '{name}') echo '{kinds[0]}' ;;")
    return "\n".join(words), "\n".join(values)


_ENGINE = """# Made by netrelay completion {whose}.
_netrelay_words() {{
  case "$1" in
{words}
  esac
}}
# $1: the command, and an option of it that waits for its value; $2: how many values stand before it
_netrelay_values() {{
  case "$1" in
{values}
  esac
}}
# Read the words before the one that is completed: sets command, option, count and home.
_netrelay_read() {{
  command='' option='' count=0 home=''
  local word previous=''
  for word in "$@"; do
    if [ -n "$option" ]; then
      [ "$option" = --home ] && home="$word"
      option=''
      continue
    fi
    case "$word" in
      --home=*) home="${{word#--home=}}" ;;
      -*) [ -n "$(_netrelay_values "$command $word" 0)" ] && option="$word" ;;
      *) if [ -z "$command" ]; then command="$word"
         elif [ "$command" = peer ] || [ "$command" = fleet ] || [ "$command" = card ] ||
             [ "$command" = receipt ] || [ "$command" = carry ]; then
           command="$command $word"
         else count=$((count + 1)); fi ;;
    esac
  done
}}
_netrelay_names() {{
  if [ -n "$home" ]; then netrelay completion --names "$1" --home "$home" 2>/dev/null
  else netrelay completion --names "$1" 2>/dev/null; fi
}}
# What may stand here: prints words, or sets nothing but kind for files and folders.
_netrelay_candidates() {{
  kind='' found=''
  if [ -n "$option" ]; then kind="$(_netrelay_values "$command $option" 0)"
  else
    case "$1" in
      -*) found="$(_netrelay_words "$command")"; return ;;
    esac
    case "$command" in
      ''|peer|fleet|card|receipt|carry) found="$(_netrelay_words "$command")"; return ;;
    esac
    kind="$(_netrelay_values "$command" "$count")"
    [ -z "$kind" ] && found="$(_netrelay_words "$command")"
  fi
  case "$kind" in
    =*) found="${{kind#=}}" ;;
    *jobs*|*nodes*)
      local each
      for each in jobs nodes; do
        case "$kind" in *$each*) found="$found $(_netrelay_names "$each")" ;; esac
      done ;;
  esac
}}
"""

_BASH_END = """_netrelay() {
  local command option count home kind found current="${COMP_WORDS[COMP_CWORD]}"
  _netrelay_read "${COMP_WORDS[@]:1:COMP_CWORD-1}"
  _netrelay_candidates "$current"
  case "$kind" in
    files) COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames 2>/dev/null ;;
    folders) COMPREPLY=($(compgen -d -- "$current")); compopt -o filenames 2>/dev/null ;;
    *) COMPREPLY=($(compgen -W "$found" -- "$current")) ;;
  esac
}
complete -F _netrelay netrelay
"""

_ZSH_END = """_netrelay() {
  setopt localoptions shwordsplit no_nomatch
  local command option count home kind found
  _netrelay_read "${(@)words[2,CURRENT-1]}"
  _netrelay_candidates "${words[CURRENT]}"
  case "$kind" in
    files) _files ;;
    folders) _files -/ ;;
    *) compadd -- $found ;;
  esac
}
[ -n "$functions[compdef]" ] && compdef _netrelay netrelay
"""


def _bash() -> str:
    words, values = _cases()
    return _ENGINE.format(whose="bash", words=words, values=values) + _BASH_END


def _zsh() -> str:
    words, values = _cases()
    engine = _ENGINE.format(whose="zsh", words=words, values=values)
    return "#compdef netrelay\n" + engine + _ZSH_END


_FISH_HEAD = """# Made by netrelay completion fish.
# The words before the one that is completed, without options: is the command this one, and
# is it the first of its values that is completed, or a later one?
function __netrelay_at
    set -l words
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word OPTIONS
            set skip 1
        else if not string match -q -- '-*' $word
            set -a words $word
        end
    end
    set -l wanted (string split ' ' -- $argv[1])
    set -l values (math (count $words) - (count $wanted))
    test $values -ge 0
    and test "$words[1..$(count $wanted)]" = "$wanted"
    or return 1
    switch "$argv[2]"
        case first
            test $values = 0
        case later
            test $values -gt 0
    end
end
function __netrelay_first
    set -l words (string match -v -- '-*' (commandline -opc)[2..-1])
    test (count $words) = 0
end
function __netrelay_word_of
    set -l words (string match -v -- '-*' (commandline -opc)[2..-1])
    test "$words" = $argv[1]
end
function __netrelay_names
    netrelay completion --names $argv[1] 2>/dev/null
end
complete -c netrelay -f
"""


def _fish() -> str:
    parsers = all_parsers()
    taken = [each for parser in parsers.values() for each in arguments_of(parser) if each.value]
    with_value = {"--home"} | {flag for each in taken for flag in each.flags}
    lines = [_FISH_HEAD.rstrip("\n").replace("OPTIONS", " ".join(sorted(with_value)))]
    for name, each in COMMANDS.items():
        lines.append(
            f"complete -c netrelay -n __netrelay_first -a {name} -d {_quoted(each.summary)}"
        )
    for command, words in WORDS.items():
        lines += [
            f"complete -c netrelay -n '__netrelay_word_of {command}' -a {word.name}"
            f" -d {_quoted(word.summary)}"
            for word in words.values()
        ]
    lines.append("complete -c netrelay -l home -r -F -d 'the folder of the node'")
    for name, parser in parsers.items():
        lines.append(f"{_fish_at(name)} -l help -d {_quoted(summary(name))}")
        taken = arguments_of(parser)
        lines += [
            f"{_fish_at(name)}{_fish_flags(each)} -d {_quoted(each.meaning)}"
            for each in taken
            if each.flags
        ]
        values = [_fish_values(completer(each.value)) for each in taken if not each.flags]
        places = [""] if len(values) == 1 else ["first", "later"]
        lines += [
            _fish_at(name, place) + value
            for place, value in zip(places, values, strict=False)
            if value
        ]
    return "\n".join(lines) + "\n"


def _fish_at(words: str, place: str = "") -> str:
    return f"complete -c netrelay -n '__netrelay_at \"{words}\" {place}'"


def _fish_flags(taken: Taken) -> str:
    flags = "".join(f" -l {f[2:]}" if f.startswith("--") else f" -s {f[1:]}" for f in taken.flags)
    if not taken.value:
        return flags
    values = _fish_values(completer(taken.value))
    return f"{flags} -r{values}" if values == " -F" else f"{flags} -x{values}"


def _fish_values(kind: str) -> str:
    if kind in ("files", "folders"):
        return " -F"
    if kind.startswith("="):
        return f" -a {_quoted(kind[1:])}"
    calls = " ".join(f"(__netrelay_names {each})" for each in kind.split())
    return f" -a {_quoted(calls)}" if calls else ""


def _quoted(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
