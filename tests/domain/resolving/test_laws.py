"""Laws of resolving, over generated positions, strategies and prices."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.domain.errors import Denied
from senexbot.domain.instruments import Right
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    CloseSaid,
    Effect,
    LegSaid,
    Limit,
    OnDate,
    OrderSaid,
    Part,
    Pegged,
    Reference,
    RollSaid,
    SameDelta,
    SameStrike,
    Spread,
    Strategy,
    Units,
)
from senexbot.domain.orders.net import net_ticks, on_grid
from senexbot.domain.orders.terms import Action, Side
from senexbot.domain.resolving import CannotResolve

from .world import CALL, DEC, JAN8, PUT, World, occ, position

RIGHTS, SIDES = st.sampled_from((PUT, CALL)), st.sampled_from(Side)
STRIKES = st.integers(560, 640)
COUNTS = st.integers(-4, 4)


@st.composite
def held(draw):
    """A few options on one underlying, and perhaps shares."""
    lines = {
        occ(strike, right, day): quantity
        for strike, right, day, quantity in draw(
            st.lists(st.tuples(STRIKES, RIGHTS, st.sampled_from((DEC, JAN8)), COUNTS), max_size=5)
        )
        if quantity
    }
    shares = draw(st.sampled_from((0, 0, 100, 250)))
    found = [position(symbol, quantity) for symbol, quantity in lines.items()]
    return tuple(found + ([position("SPY", shares)] if shares else []))


LEG = st.builds(
    LegSaid,
    strike=st.one_of(
        STRIKES.map(lambda s: AtStrike(Decimal(s))), st.integers(5, 95).map(lambda d: AtDelta(Decimal(d)))
    ),
    right=RIGHTS,
    side=st.sampled_from((*Side, None)),
    ratio=st.sampled_from((1, 1, 1, 2)),
)
AMOUNT = st.one_of(
    st.integers(1, 6).map(lambda n: Units(Decimal(n))), st.sampled_from((Part(1, 1), Part(1, 2), Part(1, 3)))
)
PRICING = st.one_of(
    st.builds(
        Limit,
        st.integers(1, 3000).map(lambda c: Decimal(c) / 100),
        st.sampled_from((*Effect, None)),
    ),
    st.builds(Pegged, st.sampled_from(Reference), st.integers(-20, 20).map(lambda c: Decimal(c) / 100)),
)


@st.composite
def orders(draw):
    legs = tuple(draw(st.lists(LEG, min_size=1, max_size=4)))
    strategy = draw(st.sampled_from((Strategy.LEGS,) * 4 + (Strategy.VERTICAL, Strategy.RATIO)))
    return OrderSaid(draw(SIDES), draw(AMOUNT), Spread("SPY", strategy, legs, OnDate(DEC)), draw(PRICING))


SENTENCES = st.one_of(
    orders(),
    st.builds(
        CloseSaid,
        amount=AMOUNT,
        symbol=st.just("SPY"),
        options_only=st.just(True),
        right=st.sampled_from((None, Right.PUT, Right.CALL)),
        expiration=st.sampled_from((None, OnDate(DEC), OnDate(JAN8))),
        pricing=st.one_of(st.none(), st.none(), st.none(), PRICING),
    ),
    st.builds(
        CloseSaid,
        amount=AMOUNT,
        symbol=st.just("SPY"),
        options_only=st.booleans(),
        pricing=st.one_of(st.none(), st.none(), st.none(), PRICING),
    ),
    st.builds(
        RollSaid,
        symbol=st.just("SPY"),
        expiration=st.sampled_from((OnDate(JAN8),)),
        strike=st.sampled_from((SameDelta(), SameStrike())),
        amount=AMOUNT,
    ),
)


def resolved(world, said):
    """The orders, or none where the words are refused."""
    try:
        return world.resolve(said)
    except Denied:
        return ()


@settings(max_examples=250, deadline=None)
@given(held(), SENTENCES)
def test_no_closing_leg_exceeds_its_position_and_nobody_is_both_ways(lines, said):
    """I19, for one order and for all orders of one sentence together."""
    after = {line.symbol: line.quantity for line in lines}
    before = dict(after)
    for found in resolved(World(positions=lines), said):
        for leg in found.terms.legs:
            have = before.get(leg.symbol, Decimal(0))
            signed = leg.quantity if leg.action.side is Side.BUY else -leg.quantity
            after[leg.symbol] = after.get(leg.symbol, Decimal(0)) + signed
            if leg.action.closes:
                assert have * signed < 0
                assert abs(signed) <= abs(have)
                assert after[leg.symbol] * have >= 0
            else:
                assert have * signed >= 0


@settings(max_examples=120, deadline=None)
@given(held(), SENTENCES)
def test_the_sign_is_the_word_and_the_price_is_on_the_grid(lines, said):
    """Credit is positive, debit negative; one side alone says it itself; pegs lie on the grid."""
    for found in resolved(World(positions=lines), said):
        terms = found.terms
        assert terms.price
        effect = getattr(said.pricing, "effect", None)
        sides = {leg.action.side for leg in terms.legs}
        if effect is not None:
            assert (terms.price > 0) == (effect is Effect.CREDIT)
        if len(sides) == 1:
            assert (terms.price > 0) == (sides == {Side.SELL})
        if not isinstance(said.pricing, Limit):
            assert on_grid(terms.price, net_ticks([leg.instrument for leg in found.legs]))


@settings(max_examples=60, deadline=None)
@given(held(), SENTENCES)
def test_the_same_words_make_the_same_terms(lines, said):
    """Resolving is a function of the words and the market; nothing is guessed."""
    world = World(positions=lines)
    assert resolved(world, said) == resolved(World(positions=lines), said)


@settings(max_examples=60, deadline=None)
@given(held(), SENTENCES)
def test_what_is_offered_instead_is_no_dead_end_of_the_same_kind(lines, said):
    """An offer either resolves or is refused for another reason than the words it replaces."""
    world = World(positions=lines)
    no = refusal(world, said)
    for offer in no.instead if isinstance(no, CannotResolve) else ():
        other = refusal(world, offer)
        assert other is None or (other.code, str(other)) != (no.code, str(no))


def refusal(world, said):
    try:
        world.resolve(said)
    except Denied as no:
        return no
    return None


def test_all_four_actions_are_met():
    """The generated worlds are no empty ones."""
    lines = (position(occ(580), -2), position(occ(615, CALL), 2))
    what = Spread(
        "SPY",
        Strategy.LEGS,
        (
            LegSaid(AtStrike(Decimal(580)), PUT, side=Side.BUY),
            LegSaid(AtStrike(Decimal(615)), CALL, side=Side.SELL),
            LegSaid(AtStrike(Decimal(570)), PUT, side=Side.SELL),
            LegSaid(AtStrike(Decimal(620)), CALL, side=Side.BUY),
        ),
        OnDate(DEC),
    )
    found = World(positions=lines).one(OrderSaid(Side.SELL, Units(Decimal(2)), what, Pegged(Reference.MID)))
    assert {leg.action for leg in found.terms.legs} == set(Action)
