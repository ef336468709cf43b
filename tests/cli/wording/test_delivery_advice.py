"""Advice about the inbox: for each trouble, and for one of a later netrelay."""

import pytest

from netrelay.cli.wording.delivery_advice import delivery_advice, delivery_place, is_of_store
from netrelay.core.words import DeliveryTrouble


@pytest.mark.parametrize("trouble", DeliveryTrouble)
def test_each_trouble_has_advice_that_names_the_folder(trouble: DeliveryTrouble) -> None:
    advice = delivery_advice(trouble, "inbox/boat")
    assert ("inbox/boat" in advice) != is_of_store(trouble)
    assert delivery_place(trouble) == ("the store" if is_of_store(trouble) else "the inbox")


def test_each_has_its_own() -> None:
    assert len({delivery_advice(each, "x") for each in DeliveryTrouble}) == len(DeliveryTrouble)


def test_a_word_that_is_not_known_is_an_error_of_the_disk() -> None:
    assert delivery_advice("dragons", "x") == delivery_advice(DeliveryTrouble.DISK_ERROR, "x")
