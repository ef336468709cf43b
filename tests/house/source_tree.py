"""The checkout as the rules see it: tracked files, and modules as syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module or name, as a full dotted name, and its line."""

    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: its dotted name and its source."""

    name: str
    source: str
    is_package: bool = False

    @property
    def tree(self) -> ast.Module:
        """Syntax tree of the file, which the rules share."""
        return _parsed(self.source, self.name)

    @property
    def room(self) -> str:
        """Folder under netrelay/ that contains the module; "" for netrelay itself."""
        parts = self.name.split(".")
        if len(parts) == 1 or (len(parts) == 2 and not self.is_package):
            return ""
        return parts[1]

    def imports(self) -> tuple[Import, ...]:
        """Return every import in the file, including those in functions and `if TYPE_CHECKING`.

        `from a import b` is returned as `a.b`, since b may be a module; compare by prefix (see
        `reaches`).
        """
        return _imports(self)


# Nine rules read the 600 modules, and one of them seven times.
@cache
def _parsed(source: str, name: str) -> ast.Module:
    return ast.parse(source, name)


@cache
def _imports(module: Module) -> tuple[Import, ...]:
    found: list[Import] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found += [Import(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            found += [Import(node.lineno, f"{base}.{alias.name}") for alias in node.names]
    return tuple(found)


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    above = node.level - 1 if module.is_package else node.level
    return ".".join(parts[: len(parts) - above] + ([node.module] if node.module else []))


def reaches(imported: str, module: str) -> bool:
    """Return True when importing `imported` loads `module` or something inside it."""
    return imported == module or imported.startswith(f"{module}.")


def module_of(path: Path) -> Module:
    """Return the module in a file of the checkout."""
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, path.read_text(encoding="utf-8"), is_package)


@cache
def netrelay_modules() -> tuple[Module, ...]:
    """Return every module of the netrelay package, tracked or not."""
    return tuple(module_of(path) for path in sorted((CHECKOUT / "netrelay").rglob("*.py")))


def modules_in(room: str) -> Iterator[Module]:
    """Yield the modules of one room, including its `__init__`."""
    return (module for module in netrelay_modules() if module.room == room)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return every existing file that git tracks."""
    # git refuses a checkout that belongs to another user, as in a container.
    command = ["git", "-c", f"safe.directory={CHECKOUT}", "ls-files", "-z"]
    listing = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    paths = (CHECKOUT / name for name in listing.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())
