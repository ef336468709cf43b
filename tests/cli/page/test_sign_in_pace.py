"""Tries of a password: few for an address, not many in all, and bounded memory."""

from netrelay.cli.page.sign_in_pace import SignInPace


def admitted(pace: SignInPace, addresses: list[str], now_s: float) -> int:
    return sum(pace.wait_s(address, now_s) == 0 for address in addresses)


def test_an_address_has_five_tries_and_one_each_half_minute() -> None:
    pace = SignInPace()
    assert admitted(pace, ["192.0.2.1"] * 100, 1000.0) == 5
    assert pace.wait_s("192.0.2.1", 1000.0) == 30.0
    assert admitted(pace, ["192.0.2.1"] * 100, 1061.0) == 2
    assert pace.wait_s("192.0.2.2", 1061.0) == 0


def test_all_addresses_together_have_twenty() -> None:
    pace = SignInPace()
    addresses = [f"192.0.{block}.{host}" for block in range(40) for host in range(250)]
    assert admitted(pace, addresses, 1000.0) == 20
    assert admitted(pace, addresses, 1000.0 + 3600) == 20
    for hour in range(2, 200):
        admitted(pace, addresses[hour * 20 :], 1000.0 + hour * 3600)
    assert len(pace._by_network) <= 256


def test_a_whole_ipv6_network_is_one_address() -> None:
    pace = SignInPace()
    assert admitted(pace, [f"2001:db8::{host:x}" for host in range(1, 100)], 1000.0) == 5
