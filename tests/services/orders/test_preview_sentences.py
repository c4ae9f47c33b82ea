"""From any sentence to stored previews: over a real store, the market by hand."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from senexbot.blocks.orders import order_card
from senexbot.domain.errors import BrokerFault, Denied, GrantExpired, ParseError, Unavailable
from senexbot.domain.language import parse
from senexbot.domain.language.said import CloseSaid, Part
from senexbot.domain.options.probability import chance_of_profit
from senexbot.domain.orders.intents import IntentState
from senexbot.domain.orders.terms import OrderType
from senexbot.domain.resolving import CannotResolve
from tests.domain.builders import NOW, TODAY, actor
from tests.domain.resolving.world import CALL, World, occ, position
from tests.fakes.broker import HandReads
from tests.services.house import House

ANA = actor()


@dataclass
class MarketReads(HandReads):
    """A small market behind the port; `fails` names reads that end in trouble."""

    world: World = field(default_factory=World)
    fails: dict[str, BrokerFault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if what in self.fails:
            raise self.fails[what]

    async def instrument(self, link_id, symbol):
        self._note("instrument")
        return self.world.instrument(symbol)

    async def chain(self, link_id, underlying):
        self._note("chain")
        return self.world.chains[underlying]

    async def greeks(self, link_id, instruments):
        self._note("greeks")
        return {i.symbol: g for i in instruments if (g := self.world.greeks(i)) is not None}

    async def quotes(self, link_id, instruments):
        self._note("quotes")
        return {i.symbol: q for i in instruments if (q := self.world.quote(i)) is not None}

    async def positions(self, account):
        self._note("positions")
        return self.world.positions or ()

    async def similar(self, link_id, word):
        self._note("similar")
        return ("AAPL", "AAP")


@pytest.fixture
async def trading(sqlite):
    """A house whose broker reads are the small market's."""
    reads = MarketReads(sqlite.clock)
    house = await House.build(sqlite, reads=reads)
    return house, reads


def say(text):
    return parse(text, TODAY)


async def waiting(house):
    """All stored previews."""
    async with house.sql.read() as tx:
        return await tx.intents.in_states((IntentState.PREVIEWED,))


async def test_a_strangle_from_words_to_its_stored_preview(trading):
    house, reads = trading
    (intent,) = await house.previews.preview_sentence(ANA, say("sell 2 SPY strangle 45d 16Δ @ mid gtc"))
    assert intent.state is IntentState.PREVIEWED
    assert intent.text == f"sell 2 SPY 8JAN27 555/640 strangle @ {abs(intent.terms.price)} credit gtc"
    assert parse(intent.text, TODAY)
    assert intent.grammar == 2
    assert intent.choices[0].startswith("8 Jan 27 (46 days, nearest to 45): 555 put Δ −0.16, 640 call Δ 0.16")
    assert intent.payoff.greatest_loss is None
    assert intent.payoff.up < 0
    assert intent.price_view.bid < abs(intent.terms.price) <= intent.price_view.ask
    assert await waiting(house) == (intent,)
    assert reads.asked.count("greeks") == 1
    assert reads.asked.count("chain") == 1


async def test_steps_move_the_net_price_and_what_it_comes_to(trading):
    house, _ = trading
    (intent,) = await house.previews.preview_sentence(
        ANA, say("sell 1 SPY 18DEC26 575/580/625/630 iron condor @ 1.20")
    )
    assert (intent.payoff.greatest_loss, intent.payoff.greatest_profit) == (380, 120)
    dearer = await house.previews.step(ANA, intent.handle, steps=1)
    assert dearer.terms.price == Decimal("1.21")
    assert (dearer.payoff.greatest_loss, dearer.payoff.greatest_profit) == (379, 121)
    assert dearer.payoff.break_evens == (Decimal("578.79"), Decimal("626.21"))
    assert dearer.text == "sell 1 SPY 18DEC26 575/580/625/630 iron condor @ 1.21 credit"
    cheaper = await house.previews.step(ANA, dearer.handle, steps=-2)
    assert cheaper.terms.price == Decimal("1.19")
    assert cheaper.terms_version == 3


async def test_a_preview_keeps_what_the_order_changes(trading):
    """Greeks of the legs and of what is held beside them; the model stays through a step and a new preview."""
    house, reads = trading
    reads.world.positions = (position("SPY", 100), position(occ(580), -1))
    (intent,) = await house.previews.preview_sentence(ANA, say("sell 2 SPY 18DEC26 562/630 strangle @ 3.46"))
    found = intent.outlook
    assert [(c.before, c.after) for c in found.positions] == [(0, -2), (0, -2)]
    put, call = (reads.world.greeks(reads.world.instrument(leg.symbol)) for leg in intent.terms.legs)
    own = -200 * (put.delta + call.delta)
    assert found.greeks.delta == own
    held = 100 - 100 * reads.world.greeks(reads.world.instrument(occ(580))).delta
    assert (found.delta.before, found.delta.after) == (held, held + own)
    assert found.model.volatility == (put.volatility + call.volatility) / 2
    assert 0 < found.model.years < 1
    assert await waiting(house) == (intent,), "what is stored reads back equal"
    stepped = await house.previews.step(ANA, intent.handle, steps=1)
    assert stepped.outlook == found
    assert chance_of_profit(stepped.terms, found.model) >= chance_of_profit(intent.terms, found.model)
    await house.previews.discard(ANA, stepped.handle)
    again = await house.previews.again(ANA, stepped.handle)
    assert again.outlook == found


@pytest.mark.parametrize("trouble", [Unavailable("the feed is away"), GrantExpired("grant")])
async def test_greeks_that_are_not_there_are_missing_and_stop_nothing(trading, trouble):
    house, reads = trading
    reads.fails = {"greeks": trouble}
    (intent,) = await house.previews.preview_sentence(ANA, say("sell 1 SPY 18DEC26 580p @ 3.50"))
    assert (intent.outlook.greeks, intent.outlook.delta, intent.outlook.model) == (None, None, None)
    assert intent.outlook.asked
    assert "Greeks not there in time" in str(order_card(intent, handle="h", now=NOW).blocks)


async def test_several_expirations_have_no_chance_of_profit(trading):
    house, _ = trading
    (intent,) = await house.previews.preview_sentence(
        ANA, say("buy 1 SPY 18DEC26/8JAN27 600 call calendar @ 4")
    )
    assert intent.outlook.model is None
    assert intent.outlook.greeks is not None


async def test_a_form_shows_the_same(trading):
    house, _ = trading
    (look,) = await house.previews.look(ANA, say("sell 2 SPY 18DEC26 562/630 strangle @ 3.46"))
    (intent,) = await house.previews.preview_sentence(ANA, say("sell 2 SPY 18DEC26 562/630 strangle @ 3.46"))
    assert look.outlook == intent.outlook


async def test_a_form_is_held_to_the_rules_of_a_preview_while_it_is_filled_in(trading):
    house, _ = trading
    with pytest.raises(Denied) as no:
        await house.previews.look(ANA, say("sell 2 SPY 18DEC26 562/630 strangle @ 3.463"))
    assert no.value.code == "off_tick"
    with pytest.raises(Denied) as no:
        await house.previews.look(ANA, say("sell 100 AAPL @ 190"))
    assert no.value.code == "short_not_offered"
    assert await waiting(house) == ()


async def test_closing_several_orders_is_all_or_none(trading):
    house, reads = trading
    reads.world.positions = (position("SPY", 100), position(occ(580), -2), position(occ(615, CALL), -2))
    intents = await house.previews.preview_sentence(ANA, say("close SPY"))
    assert [len(intent.terms.legs) for intent in intents] == [1, 2]
    assert len({intent.handle for intent in intents}) == 2
    reads.world.silent = {occ(580)}
    before = await waiting(house)
    with pytest.raises(CannotResolve):
        await house.previews.preview_sentence(ANA, CloseSaid(Part(1, 1), "SPY"))
    assert await waiting(house) == before


async def test_a_covered_calls_loss_counts_its_shares(trading):
    house, reads = trading
    reads.world.positions = (position("SPY", 100),)
    (intent,) = await house.previews.preview_sentence(ANA, say("sell 1 SPY 18DEC26 610 covered call @ 4.20"))
    assert intent.payoff.greatest_loss == Decimal("59320.00")
    dearer = await house.previews.step(ANA, intent.handle, steps=1)
    assert dearer.payoff.greatest_loss == Decimal("59319.00")
    assert dearer.payoff.break_evens == ()


async def test_a_walk_counts_by_where_it_may_end(trading):
    """I21: the limits hold for the dearest price that is confirmed."""
    house, _ = trading
    text = "buy 10 AAPL @ 187.00 walk 0.01 every 20s to 190.00"
    (intent,) = await house.previews.preview_sentence(ANA, say(text))
    assert intent.terms.walk.to == -190
    assert intent.text == text
    assert intent.verdict.exposure.notional == 1900


async def test_no_words_are_stored_for_a_no_but_its_audit_entry(trading):
    house, _ = trading
    with pytest.raises(CannotResolve) as caught:
        await house.previews.preview_sentence(ANA, say("sell 1 SPY 18DEC26 590.5p @ 3"))
    assert caught.value.code == "strike_not_listed"
    assert ("U1", "strike_not_listed") in await house.audited("order.preview")
    assert await waiting(house) == ()
    with pytest.raises(Denied) as caught:
        await house.previews.preview_sentence(ANA, say("sell 1 AAPL @ 190"))
    assert caught.value.code == "short_not_offered"


async def test_an_unknown_symbol_offers_the_same_words_with_the_nearest(trading):
    house, _ = trading
    with pytest.raises(ParseError) as caught:
        await house.previews.preview_sentence(ANA, say("buy 10 AAPX @ 187.50 gtc"))
    assert [s.command for s in caught.value.suggestions] == [
        "order buy 10 AAPL @ 187.50 gtc",
        "order buy 10 AAP @ 187.50 gtc",
    ]
    with pytest.raises(ParseError) as caught:
        await house.previews.preview_sentence(ANA, say("buy 1 NOSUC261218P00590000 @ 1"))
    assert caught.value.suggestions == ()


@pytest.mark.parametrize(
    ("what", "text", "code"),
    [
        ("quotes", "sell 1 SPY 18DEC26 580/575 put vertical @ mid", "market_missing"),
        ("greeks", "sell 1 SPY put 45d 16Δ @ 3", "greeks_missing"),
        ("positions", "sell half AAPL mkt", "position_missing"),
    ],
)
async def test_what_could_not_be_read_is_never_filled_in(trading, what, text, code):
    """I22."""
    house, reads = trading
    reads.fails[what] = Unavailable("down")
    reads.world.positions = (position("AAPL", 10),)
    with pytest.raises(Denied) as caught:
        await house.previews.preview_sentence(ANA, say(text))
    assert caught.value.code == code


@pytest.mark.parametrize("what", ["chain", "instrument"])
async def test_without_chain_or_instrument_the_trouble_is_told_as_it_is(trading, what):
    house, reads = trading
    reads.fails[what] = Unavailable("down")
    with pytest.raises(Unavailable):
        await house.previews.preview_sentence(ANA, say("sell 1 SPY put 45d 16Δ @ 3"))
    reads.fails[what] = GrantExpired("gone")
    with pytest.raises(GrantExpired):
        await house.previews.preview_sentence(ANA, say("sell 1 SPY put 45d 16Δ @ 3"))


async def test_a_grant_that_ended_is_never_a_missing_quote(trading):
    house, reads = trading
    reads.fails["quotes"] = GrantExpired("gone")
    with pytest.raises(GrantExpired):
        await house.previews.preview_sentence(ANA, say("buy 1 AAPL @ mid"))


async def test_what_an_order_comes_to_without_a_preview(trading):
    """`policy test`: nothing is stored."""
    house, _ = trading
    terms, facts = await house.previews.understood(ANA, say("sell 1 SPY 18DEC26 580/575 put vertical @ 0.9"))
    assert (terms.type, len(facts.more), len(facts.quotes)) == (OrderType.LIMIT, 1, 2)
    explained = await house.policy_check.explain(ANA, terms, facts)
    assert explained.verdict.exposure.greatest_loss == 410
    assert await waiting(house) == ()
