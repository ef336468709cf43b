"""Keys of [wwan] that people look for and this image cannot serve, each with what to do instead."""

from netrelay.runtime.strict_toml import Document

# No value of these is ever quoted: a PIN is a secret.
_BY_THE_MODEM = "nothing: this image has no program that dials by a modem (ModemManager)"
_ON_ITS_PAGE = "on the page of the modem or router itself, in a browser, or on another computer"
_UNSERVED = {
    "apn": (_BY_THE_MODEM, f": set the APN {_ON_ITS_PAGE}"),
    "pin": (
        _BY_THE_MODEM,
        f": store the PIN, or switch it off, {_ON_ITS_PAGE}, and remove it from this file",
    ),
    "user": (_BY_THE_MODEM, f": set it {_ON_ITS_PAGE}"),
    "password": (_BY_THE_MODEM, f": set it {_ON_ITS_PAGE}, and remove it from this file"),
    "budget": (
        "nothing: a budget is for a peer",
        ': write budget = "500M/month" into the section [peers.NAME] of each',
    ),
}


def note_unserved(document: Document) -> tuple[str, ...]:
    """Note each of these keys that the file says; return the names of all."""
    for name in document.table("wwan"):
        if name in _UNSERVED:
            allowed, cure = _UNSERVED[name]
            document.note(("wwan", name), f"wwan.{name} is said", allowed, cure)
    return tuple(_UNSERVED)
