"""[land] of netrelay.toml: what its values mean together."""

from pathlib import Path

import pytest

from netrelay.runtime.config import ConfigError, load
from netrelay.runtime.land_config import Land, StorePlace


def loaded(folder: Path, text: str) -> Land:
    path = folder / "netrelay.toml"
    path.write_text(f'[node]\nname = "shelf"\n[land]\n{text}\n')
    return load(path).land


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [
        ("https://s3.example.org", StorePlace(True, "s3.example.org", 443)),
        ("https://s3.example.org:9000/", StorePlace(True, "s3.example.org", 9000)),
        ("http://127.0.0.1", StorePlace(False, "127.0.0.1", 80)),
        ("http://localhost:3900", StorePlace(False, "localhost", 3900)),
        ("http://[::1]:3900", StorePlace(False, "::1", 3900)),
    ],
)
def test_an_endpoint_is_a_place(tmp_path: Path, endpoint: str, place: StorePlace) -> None:
    land = loaded(tmp_path, f'endpoint = "{endpoint}"\nbucket = "boats"')
    assert land.is_wanted
    assert land.place == place


def test_without_an_endpoint_nothing_lands(tmp_path: Path) -> None:
    assert not loaded(tmp_path, 'bucket = "boats"').is_wanted


def test_an_endpoint_needs_a_bucket(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 5: land.bucket is '', and land.endpoint is given"):
        loaded(tmp_path, 'endpoint = "https://s3.example.org"\nbucket = ""')


def test_http_to_another_machine_has_to_be_said(tmp_path: Path) -> None:
    text = 'endpoint = "http://192.0.2.7"\nbucket = "boats"'
    with pytest.raises(ConfigError, match=r"line 4: land.endpoint is 'http://192.0.2.7', where"):
        loaded(tmp_path, text)
    assert loaded(tmp_path, f"{text}\ninsecure = true").place.host == "192.0.2.7"
