"""What has to be read: asked for step by step, and the same whether or not it was read ahead."""

import pytest

from senexbot.domain.language.said import (
    AtDelta,
    CloseSaid,
    InDays,
    LegSaid,
    OnDate,
    Part,
    Pegged,
    Reference,
    RollSaid,
    SameDelta,
    Spread,
    Strategy,
)
from senexbot.domain.orders.terms import Side
from senexbot.domain.resolving import RESOLVING_CODES, CannotResolve, Need, resolve
from tests.domain.builders import D

from .world import CALL, DEC, JAN8, PUT, World, expiration, occ, position, say

MID = Pegged(Reference.MID)
STRANGLE = Spread(
    "SPY", Strategy.STRANGLE, (LegSaid(AtDelta(D(16)), PUT), LegSaid(AtDelta(D(16)), CALL)), InDays(45)
)
SENTENCES = [
    say(Side.BUY, 10, "AAPL", MID),
    say(Side.SELL, 2, STRANGLE, MID),
    CloseSaid(Part(1, 1), "SPY"),
    RollSaid("SPY", OnDate(JAN8), SameDelta()),
]


@pytest.mark.parametrize("said", SENTENCES, ids=lambda s: type(s).__name__)
def test_reading_ahead_changes_nothing(said):
    world = World(positions=(position(occ(580), -2),))
    ahead = world.resolve(said)
    known, asked = world.known(), []
    while isinstance(found := resolve(said, known), Need):
        asked.append(found)
        known = world.answer(known, found)
        assert len(asked) < 12
    assert found == ahead
    assert any(need.positions for need in asked)
    assert sum(len(need.greeks) > 0 for need in asked) <= 2


def test_an_underlying_that_is_not_known_has_no_price():
    world = World()
    odd = expiration("SPY", DEC, underlying="XYZ")
    world.chains["SPY"] = type(world.chains["SPY"])("XYZ", (odd,))
    with pytest.raises(CannotResolve) as caught:
        world.one(
            say(
                Side.SELL,
                1,
                Spread("SPY", Strategy.SINGLE, (LegSaid(AtDelta(D(16)), PUT),), OnDate(DEC)),
                MID,
            )
        )
    assert caught.value.code == "spot_missing"


def test_codes_are_words():
    assert all(
        code.replace("_", "").isalpha() and words.endswith(".") for code, words in RESOLVING_CODES.items()
    )
