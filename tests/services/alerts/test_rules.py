"""Standing alerts: set, listed, changed, paused, deleted, by their owner and by an operator, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.rules import AlertRule, RuleState
from senexbot.domain.errors import (
    AlreadyHandled,
    BrokerFault,
    Gone,
    NotConnected,
    NotFound,
    NotPermitted,
    ParseError,
    Transient,
    UserError,
)
from senexbot.domain.instruments import Instrument
from senexbot.domain.links import Role
from senexbot.domain.market import Quote
from senexbot.domain.news import AlertNews
from senexbot.domain.routing.escalation import Escalation
from senexbot.ids import RandomIds
from senexbot.ports import ChannelFacts
from senexbot.services.accounts import Accounts
from senexbot.services.alerts.escalating import Escalating
from senexbot.services.alerts.places import NOT_IN_IT, AlertPlaces
from senexbot.services.alerts.rules import MOST_RULES, AlertRules, RuleSet
from senexbot.services.alerts.values import AlertValues
from senexbot.services.quotes import Quotes
from tests.domain.builders import actor, quote
from tests.fakes.broker import HandReads
from tests.services.house import House

ANA, BEN = actor(), actor(user_id="U2")


@dataclass
class Reads(HandReads):
    """Shares with the last trades that the test says; one symbol is not known."""

    lasts: dict[str, str] = field(default_factory=lambda: {"AAPL": "187.47", "SPY": "602.14"})
    away: bool = False

    async def instrument(self, link_id: str, symbol: str) -> Instrument | None:
        return None if symbol == "APPL" else await super().instrument(link_id, symbol)

    async def similar(self, link_id: str, word: str) -> tuple[str, ...]:
        return ("AAPL",)

    async def quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        if self.away:
            raise BrokerFault("away", code="unavailable")
        return {
            one.symbol: quote(one, last=Decimal(self.lasts[one.symbol]))
            for one in instruments
            if one.symbol in self.lasts
        }


@dataclass
class At:
    house: House
    rules: AlertRules
    reads: Reads

    async def set(self, text: str, who: object = ANA, here: str = "C01234") -> RuleSet:
        terms = parse_alert(text, self.rules.today())
        return await self.rules.set(who, terms, here)  # type: ignore[arg-type]

    async def stored(self, rule: AlertRule) -> AlertRule:
        async with self.house.sql.read() as tx:
            found = await tx.rules.get(rule.id)
        assert found is not None
        return found


@pytest.fixture
async def at(any_house: House) -> At:
    house = any_house
    reads = Reads(house.clock)
    accounts = Accounts(store=house.store, reads=reads)
    quotes = Quotes(accounts=accounts, reads=reads)

    places = AlertPlaces(messenger=house.slack)
    rules = AlertRules(
        store=house.store,
        accounts=accounts,
        values=AlertValues(quotes=quotes, reads=reads),
        places=places,
        escalating=Escalating(store=house.store, places=places, admin_channel="CADMIN"),
        clock=house.clock,
        ids=RandomIds(clock=house.clock),
    )
    await house.link(id="link2", user_id="U2", customer_id="C2")
    return At(house, rules, reads)


async def test_it_is_stored_as_it_was_understood_and_armed_because_it_is_not_true(at: At) -> None:
    made = await at.set("aapl > 200 until friday critical")
    rule = await at.stored(made.rule)
    assert rule == made.rule
    assert (rule.text, rule.number, rule.state) == (
        "AAPL > 200.00 critical until 27NOV26",
        1,
        RuleState.ARMED,
    )
    assert (rule.channel, rule.to_user, rule.owner, rule.link_id) == ("C01234", "", "U1", "link1")
    assert [one.broker_symbol for one in rule.instruments] == ["AAPL"]
    assert rule.expires_at == datetime(2026, 11, 28, 5, 0, tzinfo=UTC)  # the end of that day in New York
    assert rule.last_value == Decimal("187.47")
    assert made.distance is not None
    assert round(made.distance.percent or 0, 1) == Decimal("6.7")
    assert (made.is_true, made.moved_why) == (False, "")
    assert await at.house.audited("alert.set") == [("U1", "ok")]


@pytest.mark.parametrize("away", [False, True])
async def test_true_already_or_not_known_waits(at: At, away: bool) -> None:
    at.reads.away = away
    made = await at.set("AAPL > 150")
    assert (made.rule.state, made.is_true) == (RuleState.WAITING, None if away else True)
    assert (made.distance is None) is away


async def test_every_kind_of_condition_is_set_with_all_its_instruments(at: At) -> None:
    made = await at.set("AAPL > 200 and SPY / QQQ < 1.1 daily market hours")
    assert [one.symbol for one in made.rule.instruments] == ["AAPL", "SPY", "QQQ"]
    assert (made.rule.state, made.is_true) == (
        RuleState.ARMED,
        False,
    )  # one of the two is known not to be true
    unknown = await at.set("AAPL moves 2% in 1h")
    assert (unknown.rule.state, unknown.is_true, unknown.distance) == (RuleState.WAITING, None, None)
    at.reads.away = True
    nothing_known = await at.set("AAPL > 150")
    with pytest.raises(UserError) as caught:
        await at.rules.fire_now(ANA, nothing_known.handle)
    assert caught.value.code == "not_known"


async def test_a_symbol_that_nobody_knows_offers_the_alert_with_the_nearest(at: At) -> None:
    with pytest.raises(ParseError, match="knows no “APPL”") as caught:
        await at.set("APPL > 200 until friday")
    assert [s.command for s in caught.value.suggestions] == ["alert AAPL > 200.00 until 27NOV26"]


FACTS = ChannelFacts("C9", "x", False, False, False, False, True)
NO_PLACE = [
    (replace(FACTS, has_outsiders=True), "people from outside read that channel"),
    (replace(FACTS, is_archived=True), "that channel is archived"),
    (replace(FACTS, bot_is_member=False), "I am not a member of that channel; /invite me there"),
    (Transient("later"), "Slack does not tell who reads that channel"),
]


@pytest.mark.parametrize(("facts", "why"), NO_PLACE)
async def test_where_it_was_set_is_left_with_a_word_and_a_named_place_is_refused(
    at: At, facts: ChannelFacts | Exception, why: str
) -> None:
    """I35"""
    at.house.slack.rooms["C98765"] = facts
    made = await at.set("AAPL > 200", here="C98765")
    assert (made.rule.channel, made.rule.to_user, made.moved_why) == ("", "", why)
    with pytest.raises(NotPermitted, match=why):
        await at.set("AAPL > 200 to C98765")


async def test_i35_a_private_channel_is_named_by_its_members_only(at: At) -> None:
    """Who is not in it hears the same as of one that is not there."""
    slack = at.house.slack
    slack.rooms["C98765"] = replace(FACTS, is_private=True)
    assert (await at.set("AAPL > 200 to C98765")).rule.channel == "C98765"
    slack.rooms["C00000"] = Gone("channel_not_found")
    slack.strangers.add(BEN.user_id)
    said = []
    for who, channel in ((BEN, "C98765"), (ANA, "C00000"), (BEN, "C00000")):
        with pytest.raises(NotPermitted, match="no such channel that you are a member of") as caught:
            await at.set(f"AAPL > 200 to {channel}", who)
        said.append(str(caught.value))
    assert len({*said}) == 1
    slack.faults["is_member"] = [Transient("later")]
    with pytest.raises(NotPermitted, match="does not tell"):
        await at.set("AAPL > 200 to C98765")
    slack.rooms["C98765"] = FACTS
    assert (await at.set("AAPL > 200 to C98765", BEN)).rule.channel == "C98765"  # whoever likes may read it
    assert (await at.set("AAPL > 200", here="C00000")).moved_why == NOT_IN_IT


async def test_to_whom_it_is_escalated_is_checked_and_kept_with_it(at: At) -> None:
    """Nothing that nobody would read is promised."""
    text = "AAPL > 200 critical escalate to risk after 10m"
    with pytest.raises(NotPermitted, match="nobody holds the role risk"):
        await at.set(text)
    await at.house.grant(Role.RISK, user="U2")
    made = await at.set(text)
    assert made.rule.text == "AAPL > 200.00 critical escalate to risk after 10m"
    assert (await at.stored(made.rule)).terms.escalate == Escalation("risk", timedelta(minutes=10))
    at.house.slack.rooms["C98765"] = replace(FACTS, has_outsiders=True)
    with pytest.raises(NotPermitted, match="people from outside"):
        await at.set("AAPL > 200 critical escalate to C98765")
    at.house.slack.people["U33333"] = actor(user_id="U33333", is_guest=True)
    with pytest.raises(NotPermitted, match="full members"):
        await at.set("AAPL > 200 critical escalate to U33333")
    with pytest.raises(NotPermitted, match="told there already"):
        await at.set("AAPL > 200 critical to C12345 escalate to C12345")
    after = await at.rules.edit(ANA, made.rule, parse_alert("AAPL > 210 critical", at.rules.today()))
    assert after.rule.terms.escalate is None


async def test_a_person_is_told_only_when_they_are_a_full_member(at: At) -> None:
    assert (await at.set("AAPL > 200 to U22222")).rule.to_user == "U22222"
    at.house.slack.people["U33333"] = actor(user_id="U33333", is_guest=True)
    at.house.slack.people["U44444"] = actor(user_id="U44444", team_id="T9", home_team_id="T9")
    for who in ("U33333", "U44444"):
        with pytest.raises(NotPermitted, match="full members"):
            await at.set(f"AAPL > 200 to {who}")
    at.house.slack.faults["person"] = [Gone("user_not_found")]
    with pytest.raises(NotPermitted, match="who that person is"):
        await at.set("AAPL > 200 to U22222")
    me = actor(user_id="U55555")
    await at.house.link(id="link5", user_id="U55555", customer_id="C5")
    own = (await at.set("AAPL > 200 to U55555", me)).rule
    assert (own.channel, own.to_user) == ("", "")


async def test_the_list_is_nearest_first_and_an_operator_sees_all(at: At) -> None:
    await at.set("AAPL > 200")
    await at.set("AAPL > 188")
    await at.set("SPY < 590", BEN)
    await at.set("QQQ > 500")  # no quote: how far is not known
    mine = await at.rules.listed(ANA)
    assert [(row.rule.number, row.is_mine) for row in mine] == [(2, True), (1, True), (4, True)]
    assert [row.rule.number for row in await at.rules.listed(BEN)] == [3]
    await at.house.grant(Role.OPERATOR, user="U2")
    every = await at.rules.listed(BEN)
    assert [(row.rule.number, row.is_mine) for row in every] == [
        (2, False),
        (3, True),
        (1, False),
        (4, False),
    ]
    at.reads.away = True
    assert [row.distance for row in await at.rules.listed(ANA)] == [None] * 3


async def test_what_is_over_is_not_listed(at: At) -> None:
    await at.set("AAPL > 200 until today")
    assert len(await at.rules.listed(ANA)) == 1
    at.house.clock.advance(timedelta(days=1).total_seconds())
    assert await at.rules.listed(ANA) == ()


async def test_it_is_paused_resumed_and_deleted_once_each_and_audited(at: At) -> None:
    rule = (await at.set("AAPL > 200")).rule
    with pytest.raises(AlreadyHandled, match="not paused"):
        await at.rules.resume(ANA, rule)
    assert (await at.rules.pause(ANA, rule)).state is RuleState.PAUSED
    with pytest.raises(AlreadyHandled, match="nothing to pause"):
        await at.rules.pause(ANA, rule)
    assert [row.rule.state for row in await at.rules.listed(ANA)] == [RuleState.PAUSED]
    assert (await at.rules.resume(ANA, rule)).state is RuleState.WAITING
    assert (await at.rules.delete(ANA, rule)).state is RuleState.DELETED
    with pytest.raises(AlreadyHandled, match="deleted already"):
        await at.rules.delete(ANA, rule)
    assert await at.rules.listed(ANA) == ()
    for action in ("pause", "resume", "delete"):
        assert await at.house.audited(f"alert.{action}") == [("U1", "ok")]


async def test_another_persons_alert_is_not_there_but_for_an_operator(at: At) -> None:
    """I28: the operator may pause and delete it, and not change what it says."""
    rule = (await at.set("AAPL > 200")).rule
    for refused in (at.rules.pause(BEN, rule), at.rules.delete(BEN, rule), at.rules.of_number(BEN, 1)):
        with pytest.raises(NotFound):
            await refused
    await at.house.grant(Role.OPERATOR, user="U2")
    assert await at.rules.of_number(BEN, 1) == rule
    with pytest.raises(NotPermitted, match="Only its owner"):
        await at.rules.edit(BEN, rule, rule.terms)
    assert (await at.rules.pause(BEN, rule)).state is RuleState.PAUSED
    assert await at.house.audited("alert.pause") == [("U2", "ok")]
    guest = actor(user_id="U2", is_guest=True)
    with pytest.raises(NotFound):
        await at.rules.of_number(guest, 1)
    with pytest.raises(NotFound):
        await at.rules.of_number(BEN, 99)


async def test_a_changed_alert_is_watched_anew_where_it_was_told(at: At) -> None:
    rule = (await at.set("AAPL > 200")).rule
    terms = parse_alert("SPY < 590 until friday", date(2026, 11, 23))
    made = await at.rules.edit(ANA, rule, terms)
    after = await at.stored(rule)
    assert (after.number, after.text, after.version) == (1, "SPY < 590.00 until 27NOV26", 2)
    assert (after.state, after.channel, after.expires_at) == (RuleState.ARMED, "C01234", made.rule.expires_at)
    assert [one.symbol for one in after.instruments] == ["SPY"]
    assert await at.rules.of_handle(ANA, made.handle) == after
    with pytest.raises(AlreadyHandled, match="changed meanwhile"):
        await at.rules.edit(ANA, rule, terms)
    moved = await at.rules.edit(ANA, after, parse_alert("SPY < 590 to C77777", date(2026, 11, 23)))
    assert moved.rule.channel == "C77777"
    await at.rules.delete(ANA, moved.rule)
    with pytest.raises(AlreadyHandled, match="Set it anew"):
        await at.rules.edit(ANA, moved.rule, terms)


async def test_a_button_is_its_owners(at: At) -> None:
    """I30"""
    made = await at.set("AAPL > 200")
    with pytest.raises(NotPermitted):
        await at.rules.of_handle(BEN, made.handle)
    with pytest.raises(NotFound):
        await at.rules.of_handle(ANA, "never-issued")
    again = await at.rules.handle(ANA, made.rule)
    assert again != made.handle
    assert await at.rules.of_handle(ANA, again) == made.rule


async def test_fired_by_hand_once_and_told_where_it_was_set(at: At) -> None:
    made = await at.set("AAPL > 150")
    await at.rules.fire_now(ANA, made.handle)
    assert (await at.stored(made.rule)).state is RuleState.FIRED
    with pytest.raises(AlreadyHandled):
        await at.rules.fire_now(ANA, made.handle)
    async with at.house.sql.read() as tx:
        (entry,) = await tx.alerts.of_subject(made.rule.id, 9)
    news = entry.alert.news
    assert isinstance(news, AlertNews)
    assert (news.asked, news.price, entry.place) == (True, Decimal("187.47"), "C01234")


async def test_there_is_an_end_to_how_many_one_person_may_have(at: At) -> None:
    for _ in range(MOST_RULES):
        await at.set("AAPL > 200")
    with pytest.raises(AlreadyHandled) as caught:
        await at.set("AAPL > 200")
    assert caught.value.code == "too_many_alerts"
    await at.set("AAPL > 200", BEN)
    await at.rules.delete(ANA, await at.rules.of_number(ANA, 1))
    assert (await at.set("AAPL > 200")).rule.number == MOST_RULES + 2


async def test_without_a_link_nothing_is_set(at: At) -> None:
    with pytest.raises(NotConnected):
        await at.set("AAPL > 200", actor(user_id="U9"))


async def test_those_over_a_link_are_counted(at: At) -> None:
    await at.set("AAPL > 200")
    paused = (await at.set("AAPL > 201")).rule
    await at.rules.pause(ANA, paused)
    assert [rule.number for rule in await at.rules.listed_over(ANA, "link1")] == [1]
    assert await at.rules.listed_over(ANA, "link2") == ()
