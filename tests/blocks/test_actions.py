"""Action ids: one encoder, one decoder, and nothing but handles in the values."""

import pytest

from senexbot.blocks.actions import ActionId, SayButton, action_kind, number_of, say_buttons


@pytest.mark.parametrize("action", list(ActionId))
def test_every_action_decodes_to_itself(action: ActionId) -> None:
    assert action_kind(str(action)) is action
    assert action_kind(f"{action}#12") is action


@pytest.mark.parametrize(
    "foreign", ["", "x", "order_confirm#", "order_confirm#x", "order_confirm#٣", "ORDER_CONFIRM", "#1"]
)
def test_what_is_none_of_ours_decodes_to_nothing(foreign: str) -> None:
    assert action_kind(foreign) is None


def test_next_steps_have_ids_of_their_own_and_carry_handles() -> None:
    buttons = say_buttons([SayButton("strangle", "h1"), SayButton("straddle", "h2")])
    assert [b["action_id"] for b in buttons] == ["say#0", "say#1"]
    assert [b["value"] for b in buttons] == ["h1", "h2"]
    assert {action_kind(b["action_id"]) for b in buttons} == {ActionId.SAY}


def test_the_number_behind_an_action() -> None:
    assert [
        number_of(a) for a in ("alerts_all#20", "alerts_all", "alerts_all#x", "alerts_all#12345678901")
    ] == [
        20,
        0,
        0,
        0,
    ]
