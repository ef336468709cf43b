"""The desired state that a boot partition describes, read and checked before it is applied."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from netrelay.provisioning.card import boot_folder, imager
from netrelay.provisioning.card.boot_file import BootFile, read_boot_file
from netrelay.provisioning.card.secret_span import star_out
from netrelay.provisioning.system import page_password
from netrelay.provisioning.system.applied import Applied
from netrelay.provisioning.system.host_name import chosen_host_name, made_up_name
from netrelay.provisioning.system.target_system import TargetSystem
from netrelay.provisioning.system.wifi import Wifi, pre_shared_key
from netrelay.provisioning.system.wireguard import ALLOWED_KEY, Tunnel
from netrelay.runtime.config import load as load_config
from netrelay.runtime.edited_text import EditedText, decode
from netrelay.runtime.strict_toml import Document, Mistake
from netrelay.seal.identity import FILES
from netrelay.seal.identity import load as load_identity
from netrelay.seal.seal_errors import IdentityError

_HIDDEN = " (Windows hides the last part of a name until you let it show it)"


class BootWish(NamedTuple):
    """The desired state of node and system.

    keys: files of an identity to adopt. starred: new content of files that contain a secret.
    secrets: files to delete once they are applied.
    """

    file: BootFile
    choice: imager.Choice | None
    name: str
    wifi: tuple[Wifi, ...]
    tunnel: Tunnel | None
    imager_wifi: Wifi | None
    keys: dict[str, bytes] | None
    starred: dict[str, bytes]
    secrets: list[str]


class Mistaken(Exception):  # noqa: N818 -- named after its content
    """The boot partition cannot be applied; `mistakes` are for the person who wrote it."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__()
        self.mistakes = mistakes


def read_wish(files: Mapping[str, bytes], system: TargetSystem, applied: Applied) -> BootWish:
    """Return the desired state; changes nothing.

    Mistaken when a file has mistakes; ConfigError or IdentityError when the files of a home from an
    earlier boot cannot be read.
    """
    mistakes = _unusable(files)
    if mistakes:
        raise Mistaken(*mistakes)
    raw = files.get(boot_folder.BOOT_FILE, b"")
    text = decode(raw)
    if isinstance(text, Mistake):
        raise Mistaken(text)
    file = read_boot_file(text, files)
    if not isinstance(file, BootFile):
        raise Mistaken(*file)
    if says_nothing(raw):
        _refuse_misplaced(files)
    if system.home.database.exists():
        # Reports damaged files now, instead of after half of it is applied.
        load_identity(system.home.keys)
        load_config(system.home.config)
    choice = imager.read_choice(files)
    starred = {}
    if file.secret_places:
        starred[boot_folder.BOOT_FILE] = star_out(raw, text.encoding, file.secret_places)
    _check_page(file, system, text)
    keys = _read_keys(files, system)
    imager_wifi = choice.wifi if choice is not None and choice.wifi else applied.imager_wifi
    secrets = [each for each in files if each.startswith(f"{boot_folder.KEYS}/")]
    secrets += [each for each in (imager.PRESEED, imager.SCRIPT) if each in files]
    return BootWish(
        file,
        choice,
        _name(file, choice, system, text),
        _wifi(file, applied, text) or ((imager_wifi,) if imager_wifi is not None else ()),
        _tunnel(file, applied, text),
        imager_wifi,
        keys,
        starred,
        secrets,
    )


def says_nothing(raw: bytes) -> bool:
    """Return True for a boot file that has comments and names of sections only."""
    text = decode(raw)
    if isinstance(text, Mistake):
        return False
    lines = (line.strip() for line in text.text.splitlines())
    return all(not line or line[0] in "#[" for line in lines)


def _unusable(files: Mapping[str, bytes]) -> list[Mistake]:
    """Return a mistake for each folder in place of a file, and each reset that is misnamed."""
    mistakes = []
    for path in files:
        if path.endswith("/"):
            cure = ": move out what is in it, then remove it"
            mistakes.append(Mistake(0, f"{path[:-1]} is a folder", "a file of that name", cure))
        elif boot_folder.LIKE_RESET.fullmatch(path):
            allowed = " or ".join(boot_folder.RESET_FILES)
            cure = f": rename it{_HIDDEN}"
            mistakes.append(Mistake(0, f"the file is called {path}", allowed, cure))
    return mistakes


def _refuse_misplaced(files: Mapping[str, bytes]) -> None:
    """Raise Mistaken for settings that somebody wrote where nothing reads them."""
    found = boot_folder.misplaced(files)
    if boot_folder.BOOT_FILE in files:
        found = [path for path in found if not says_nothing(files[path])]
    mistakes = []
    for path in found:
        folder, _, name = path.rpartition("/")
        if folder:
            said, cure = f"the file is in the folder {folder}", "move it out, beside config.txt"
        else:
            said, cure = f"the file is called {name}", "rename it"
        if not name.endswith(".toml"):
            cure += _HIDDEN
        if not name.endswith((".toml", ".txt")):
            cure = "save it as plain text, under the name netrelay.toml"
        mistakes.append(Mistake(0, said, f"{boot_folder.BOOT_FILE}, in no folder", f": {cure}"))
    if mistakes:
        raise Mistaken(*mistakes)


def _name(
    file: BootFile, choice: imager.Choice | None, system: TargetSystem, text: EditedText
) -> str:
    """Return the name of the boot file, else of Imager, the node, the system, else a new one."""
    if file.name:
        return file.name
    if choice is not None and choice.host_name:
        name = choice.host_name
    elif system.home.database.exists():
        name = load_config(system.home.config).name
    else:
        name = chosen_host_name(system) or made_up_name(system)
    if name in {peer.name for peer in file.peers}:
        line = Document(text.text).line_of("peers", name)
        said = f"peers.{name!r} has this node's own name, which node.name does not say"
        raise Mistaken(Mistake(line, said, "another name for one of them"))
    return name


def _wifi(file: BootFile, applied: Applied, text: EditedText) -> tuple[Wifi, ...]:
    kept = {wifi.ssid: wifi for wifi in applied.wifi}
    found, mistakes = [], []
    for wish in file.wifi:
        ssid = wish.ssid.encode()
        if wish.password is not None:
            psk = pre_shared_key(ssid, wish.password)
        elif ssid in kept:
            psk = kept[ssid].psk
        else:
            line = Document(text.text).line_of(*wish.where, "password")
            label = ".".join(wish.where)
            said = f"{label}.password is not said, and none is kept for the network {wish.ssid!r}"
            mistakes.append(Mistake(line, said, 'its password, or "" for an open network'))
            continue
        found.append(Wifi(ssid, psk, wish.country, wish.is_hidden, wish.priority))
    if mistakes:
        raise Mistaken(*mistakes)
    return tuple(found)


def _tunnel(file: BootFile, applied: Applied, text: EditedText) -> Tunnel | None:
    wish = file.tunnel
    if wish is None:
        return None
    found: list[str] = []
    for name, kept in zip(("private_key", "preshared_key"), applied.tunnel_keys, strict=True):
        said = getattr(wish, name)
        if said is None and not kept:
            line = Document(text.text).line_of("wireguard", name)
            words = f"wireguard.{name} is not said, and none is kept"
            raise Mistaken(Mistake(line, words, ALLOWED_KEY))
        found.append(kept if said is None else said)
    return wish.tunnel._replace(private_key=found[0], preshared_key=found[1])


def _check_page(file: BootFile, system: TargetSystem, text: EditedText) -> None:
    """Raise Mistaken for a password of the page that is starred out and not on the node."""
    page = file.page
    if page is None:
        return
    wanted = [("password", page.password, page_password.FILE_NAME)]
    if page.is_control:
        wanted.append(("control_password", page.control_password, page_password.CONTROL_FILE_NAME))
    for name, said, kept in wanted:
        if said is None and not (system.home.path / kept).is_file():
            line = Document(text.text).line_of("page", name)
            words = f"page.{name} is not said, and none is kept"
            raise Mistaken(Mistake(line, words, page_password.ALLOWED))


def _read_keys(files: Mapping[str, bytes], system: TargetSystem) -> dict[str, bytes] | None:
    """Return the identity on the boot partition, checked; None if there is none or it is ours."""
    brought = {
        name: files[f"{boot_folder.KEYS}/{name}"]
        for name in FILES
        if f"{boot_folder.KEYS}/{name}" in files
    }
    if not brought:
        return None
    said = f"the keys in {boot_folder.KEYS}"
    cure = ": write this card again with `netrelay fleet card`"
    try:
        with tempfile.TemporaryDirectory(prefix="netrelay-") as folder:
            place = Path(folder) / "keys"
            place.mkdir(mode=0o700)
            for name, content in brought.items():
                (place / name).touch(mode=0o600)
                (place / name).write_bytes(content)
            node = load_identity(place).node_id
    except IdentityError as error:
        why = str(error).replace(f"{place}/", "")
        raise Mistaken(Mistake(0, f"{said} cannot be used: {why}", "", cure)) from None
    home = system.home
    if home.keys.is_dir() and any(home.keys.iterdir()):
        own = load_identity(home.keys).node_id
        if own != node:
            raise Mistaken(
                Mistake(
                    0,
                    f"{said} are of node {node}, and this card is node {own} already",
                    "its own keys, or none",
                    f": remove {boot_folder.KEYS}, or flash the card anew to make it that node",
                )
            )
        return None
    return brought
