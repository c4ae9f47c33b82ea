"""Every card as a person reads it, and within Slack's limits. UPDATE_GOLDEN=1 writes the golden files anew."""

import pytest

from senexbot.blocks.kit import Message

from .cases import GROUPS
from .dump import compare
from .slack_rules import check_message, check_view


@pytest.mark.parametrize("group", GROUPS)
def test_cards_read_as_in_the_golden_file(group: str) -> None:
    compare(group, GROUPS[group]())


@pytest.mark.parametrize("group", GROUPS)
def test_cards_keep_slacks_limits_and_ours(group: str) -> None:
    for title, card in GROUPS[group]().items():
        try:
            if isinstance(card, Message):
                check_message(card)
            else:
                check_view(card)
        except AssertionError as broken:
            raise AssertionError(title) from broken


@pytest.mark.parametrize("group", ["order_previews", "order_lives", "errors", "notices"])
def test_cards_have_at_most_six_lines(group: str) -> None:
    for title, card in GROUPS[group]().items():
        assert isinstance(card, Message)
        assert card.text.count("\n") < 6, title
