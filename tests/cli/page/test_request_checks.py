"""Other hosts and other origins are refused."""

import pytest

from netrelay.cli.page.request_checks import has_proxy, is_name_of_this_node, is_of_this_origin


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:7480",
        "127.0.0.1:7480",
        "[::1]:7480",
        "192.0.2.1",
        "Shelf.local",
        "shelf",
    ],
)
def test_names_and_addresses_of_this_node_are_known(host: str) -> None:
    assert is_name_of_this_node(host, "shelf")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "shelf.evil.example",
        "127.0.0.1.evil.example",
        "localhost:x",
        "a b",
        "127.1",
    ],
)
def test_another_name_is_refused(host: str) -> None:
    assert not is_name_of_this_node(host, "shelf")


def asked(method: str = "GET", **headers: str) -> dict[str, str]:
    return {"REQUEST_METHOD": method, "HTTP_HOST": "localhost:7480", **headers}


def test_requests_of_this_page_and_links_to_it_are_answered() -> None:
    assert is_of_this_origin(asked())
    assert is_of_this_origin(asked("POST", HTTP_ORIGIN="http://localhost:7480"))
    link = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": "document"}
    assert is_of_this_origin(asked(HTTP_SEC_FETCH_SITE="cross-site", **link))


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": "http://evil.example"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_ORIGIN": "http://localhost:8080"},
        {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_MODE": "no-cors"},
        {"HTTP_SEC_FETCH_SITE": "same-site", "HTTP_SEC_FETCH_MODE": "cors"},
        {
            "HTTP_SEC_FETCH_SITE": "cross-site",
            "HTTP_SEC_FETCH_MODE": "navigate",
            "HTTP_SEC_FETCH_DEST": "iframe",
        },
    ],
)
def test_requests_of_other_pages_are_refused(headers: dict[str, str]) -> None:
    assert not is_of_this_origin(asked(**headers))


def test_a_form_of_another_page_is_refused_though_it_navigates() -> None:
    link = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": "document"}
    assert not is_of_this_origin(asked("POST", HTTP_SEC_FETCH_SITE="cross-site", **link))


def test_a_proxy_is_noticed() -> None:
    assert has_proxy(asked(HTTP_X_FORWARDED_FOR="192.0.2.1"))
    assert not has_proxy(asked())
