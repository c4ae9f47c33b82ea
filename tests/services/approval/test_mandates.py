"""Mandates on both databases: who grants, what is covered without asking, what is counted, and what ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from senexbot.domain.approval.approvals import RequestState
from senexbot.domain.approval.mandates import End, Mandate
from senexbot.domain.approval.mandates_parsing import parse_mandate
from senexbot.domain.errors import (
    AlreadyHandled,
    Denied,
    NotConnected,
    NotFound,
    NotPermitted,
    ParseError,
    SenexError,
    Unavailable,
)
from senexbot.domain.instruments import Instrument, OptionContract
from senexbot.domain.language import parse
from senexbot.domain.links import Role
from senexbot.domain.market import Quote
from senexbot.domain.news import NoticeNews
from senexbot.domain.options.chain import Greeks
from senexbot.domain.orders.broker_orders import Accepted, BrokerStatus, NotSent, RefusedByBroker
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource
from senexbot.domain.orders.terms import OrderTerms
from senexbot.domain.policy.rules import Approvers
from senexbot.domain.policy.verdict import Finding, Outcome, PolicyVerdict
from tests.domain.builders import CALL, PUT, TODAY, actor, link, option, order, share, strangle, terms
from tests.fakes.broker import HandReads
from tests.fakes.policy import needs
from tests.services.approval.test_approvals import ANA, BEN, CLEO
from tests.services.house import House, outcomes
from tests.stores import HandClock, Home

SHARES = "at most 300 AAPL shares a day until friday"
DENIES = PolicyVerdict(Outcome.DENIED, (Finding("limit_notional", "notional", Outcome.DENIED, "notional"),))


async def desk(house: House, count: int = 1, approvers: tuple[str, ...] = ("U2", "U3")) -> None:
    house.policy.says = lambda terms: needs(count, loss=str(terms.legs[0].quantity * Decimal("187.5")))
    house.desk.outcome = lambda _: Accepted(7, None)
    await house.limits(approvers=Approvers(count, Role.APPROVER))
    async with house.sql.begin() as tx:
        for person in approvers:
            await tx.roles.grant("T1", person, Role.APPROVER, by="host")


async def asked(house: House, text: str = SHARES, who: Any = ANA) -> Mandate:
    return await house.mandates.ask(who, parse_mandate(text, TODAY))


async def granted(house: House, text: str = SHARES, by: str = "U2") -> Mandate:
    made = await asked(house, text)
    return await house.mandates.approve(actor(user_id=by), made.handle_of(by))


async def stored(house: House, mandate: Mandate) -> Mandate:
    async with house.sql.read() as tx:
        found = await tx.mandates.get(mandate.id)
    assert found is not None
    return found


async def used(house: House, mandate: Mandate) -> Decimal:
    now = await stored(house, mandate)
    return now.used_on(TODAY).units


async def notices(house: House) -> list[dict[str, str]]:
    rows = await house.told()
    return [dict(r.news.params) for r in rows if isinstance(r.news, NoticeNews) and r.news.kind == "mandate"]


async def shares(house: House, quantity: int = 100) -> Intent:
    return await house.preview(ANA, f"buy {quantity} AAPL @ 187.50")


async def confirmed(house: House, quantity: int = 100) -> Intent:
    preview = await shares(house, quantity)
    sent = await house.sending.confirm(ANA, preview.handle)
    await house.answered()
    return sent


# --- granting --------------------------------------------------------------------------------------


async def test_a_trader_asks_others_grant_and_what_fits_is_sent_without_asking(any_house: House) -> None:
    """I23, I31: the use is counted in the claim's transaction, told to who granted it, and audited."""
    house = any_house
    await desk(house)
    made = await asked(house)
    assert made.state is RequestState.OPEN
    assert [one.person for one in made.asked] == ["U2", "U3"]
    before = await shares(house)
    assert before.mandate is None  # nothing is covered before it is granted
    await house.mandates.approve(BEN, made.handle_of("U2"))
    (notice,) = await notices(house)
    assert (notice["state"], notice["by"]) == ("approved", "U2")
    preview = await shares(house)
    assert preview.mandate is not None
    assert (preview.mandate.given, preview.mandate.used, preview.mandate.taken) == (("U2",), 0, False)
    sent = await house.sending.confirm(ANA, preview.handle)
    await house.answered()
    assert len(house.desk.sent) == 1
    assert sent.mandate is not None
    assert (sent.mandate.used, sent.mandate.taken) == (100, True)
    assert await used(house, made) == 100
    assert await house.audited("mandate.use") == [("U1", "ok")]
    assert [entry[1] for entry in await house.audited("mandate.approve")] == ["ok"]
    await house.relayed()
    assert any("100 of 300 used" in str(m.blocks) for m in house.slack.messages)


async def test_one_who_may_grant_names_the_trader_and_grants_by_the_button(any_house: House) -> None:
    """I27: the text grants nothing; the trader hears of it once it is granted."""
    house = any_house
    await desk(house)
    made = await house.mandates.ask(BEN, replace(parse_mandate(SHARES, TODAY), person="U1"))
    assert (made.state, made.proposed_by, [a.person for a in made.asked]) == (RequestState.OPEN, "U2", ["U2"])
    await house.relayed()
    assert {channel for channel, _ in house.slack.posted} == {"DU2"}
    await house.mandates.approve(BEN, made.handle_of("U2"))
    await house.relayed()
    assert {channel for channel, _ in house.slack.posted} == {"DU1", "DU2"}
    assert (await shares(house)).mandate is not None


async def test_two_have_to_grant_where_two_approve_orders(any_house: House) -> None:
    house = any_house
    await desk(house, 2)
    made = await house.mandates.ask(BEN, replace(parse_mandate(SHARES, TODAY), person="U1"))
    assert [one.person for one in made.asked] == ["U2", "U3"]
    await house.mandates.approve(BEN, made.handle_of("U2"))
    with pytest.raises(AlreadyHandled):
        await house.mandates.approve(BEN, made.handle_of("U2"))
    assert (await shares(house)).mandate is None
    await house.mandates.approve(CLEO, made.handle_of("U3"))
    assert (await shares(house)).mandate is not None


async def test_nobody_grants_their_own(any_house: House) -> None:
    """I28: not by name, not with the role, not by another's button."""
    house = any_house
    await desk(house, approvers=("U1", "U2"))
    made = await house.mandates.ask(ANA, replace(parse_mandate(SHARES, TODAY), person="U1"))
    assert [one.person for one in made.asked] == ["U2"]
    with pytest.raises(NotPermitted):
        await house.mandates.approve(ANA, made.handle_of("U2"))
    with pytest.raises(NotPermitted) as no:
        await house.mandates.approve(ANA, made.holder_handle)
    assert no.value.code == "own_order"
    assert ("U1", "own_order") in await house.audited("mandate.approve")
    with pytest.raises(NotPermitted):  # who may not approve proposes nothing
        await house.mandates.ask(CLEO, replace(parse_mandate(SHARES, TODAY), person="U1"))
    assert (await stored(house, made)).state is RequestState.OPEN


async def test_the_same_broker_customer_and_a_lost_role_grant_nothing(any_house: House) -> None:
    house = any_house
    await desk(house)
    made = await asked(house)
    await house.link(id="link2", user_id="U2")  # the same customer, another Slack account
    with pytest.raises(NotPermitted) as no:
        await house.mandates.approve(BEN, made.handle_of("U2"))
    assert no.value.code == "same_customer"
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U3", Role.APPROVER)
    with pytest.raises(NotPermitted) as no:
        await house.mandates.approve(CLEO, made.handle_of("U3"))
    assert no.value.code == "role_missing"


@pytest.mark.parametrize("change", [{"is_guest": True}, {"home_team_id": "T9"}, {"deleted": True}])
async def test_i34_guests_and_outsiders_grant_and_get_nothing(house: House, change: dict[str, Any]) -> None:
    await desk(house)
    house.slack.people["U2"] = actor(user_id="U2", **change)
    made = await asked(house)
    assert [one.person for one in made.asked] == ["U3"]
    await house.link(id="link2", user_id="U2", customer_id="C2")
    with pytest.raises(NotFound, match="full member"):
        await house.mandates.ask(CLEO, replace(parse_mandate(SHARES, TODAY), person="U2"))


async def test_what_cannot_be_granted_is_said_before_anybody_waits(house: House) -> None:
    with pytest.raises(Denied) as no:
        await asked(house)
    assert no.value.code == "no_approver"
    await desk(house)
    with pytest.raises(NotConnected):
        await asked(house, who=CLEO)
    with pytest.raises(NotFound):  # of others it is not told what they have linked
        await house.mandates.ask(BEN, replace(parse_mandate(SHARES, TODAY), person="U3"))
    with pytest.raises(ParseError) as wrong:
        await house.mandates.ask(BEN, replace(parse_mandate(f"{SHARES} in 9999", TODAY), person="U1"))
    assert "0001" not in wrong.value.hint
    with pytest.raises(ParseError):
        await asked(house, f"{SHARES} in 9999")
    with pytest.raises(ParseError):
        await asked(house, "at most 1 AAPL share a day until today 08:00")
    await house.halts.halt("host")
    with pytest.raises(Denied) as halted:
        await asked(house)
    assert halted.value.code == "halted"


async def test_a_no_needs_a_reason_and_is_heard(any_house: House) -> None:
    house = any_house
    await desk(house)
    made = await asked(house)
    with pytest.raises(ParseError):
        await house.mandates.decline(BEN, made.handle_of("U2"), " ")
    await house.mandates.decline(BEN, made.handle_of("U2"), "earnings on Thursday")
    (notice,) = await notices(house)
    assert (notice["state"], notice["reason"]) == ("declined", "earnings on Thursday")
    with pytest.raises(AlreadyHandled):
        await house.mandates.approve(CLEO, made.handle_of("U3"))


async def test_what_nobody_decides_declines_itself(any_house: House) -> None:
    house = any_house
    await desk(house)
    made = await asked(house)
    house.clock.advance(30 * 60)
    await house.mandates.pass_time()
    assert (await stored(house, made)).state is RequestState.EXPIRED
    assert [n["state"] for n in await notices(house)] == ["expired"]


async def test_those_on_the_rota_are_asked_first(any_house: House) -> None:
    house = any_house
    await desk(house)
    async with house.sql.begin() as tx:
        await tx.deputies.set_rota("T1", "monday", ("U3",))
    made = await asked(house)
    assert [one.person for one in made.asked] == ["U3"]
    house.clock.advance(15 * 60)
    await house.mandates.pass_time()
    wider = await stored(house, made)
    assert [one.person for one in wider.asked] == ["U3", "U2"]
    await house.mandates.approve(BEN, wider.handle_of("U2"))


# --- what is covered -------------------------------------------------------------------------------


async def test_what_is_used_up_is_asked_to_be_approved(any_house: House) -> None:
    house = any_house
    await desk(house)
    made = await granted(house)
    await confirmed(house, 100)
    house.clock.advance(120)
    await confirmed(house, 150)
    assert await used(house, made) == 250
    house.clock.advance(120)
    over = await shares(house, 51)
    assert over.mandate is None
    assert over.uncovered == "it is for 51, 250 of 300 are used today"
    with pytest.raises(Denied) as no:
        await house.sending.confirm(ANA, over.handle)
    assert no.value.code == "approval_needed"
    assert (await house.approvals.ask(ANA, over.handle)).state is IntentState.AWAITING_APPROVAL
    house.clock.advance(24 * 3600)  # another trading day
    again = await shares(house, 300)
    assert again.mandate is not None
    assert again.mandate.used == 0


async def test_what_the_policy_denies_is_denied(any_house: House) -> None:
    house = any_house
    await desk(house)
    await granted(house)
    preview = await shares(house)
    house.policy.says = lambda _: DENIES
    with pytest.raises(Denied) as no:
        await house.sending.confirm(ANA, preview.handle)
    assert no.value.code == "limit_notional"
    with pytest.raises(Denied):
        await shares(house, 99)
    assert house.desk.sent == []


async def test_what_the_policy_lets_pass_uses_nothing(any_house: House) -> None:
    house = any_house
    await desk(house)
    made = await granted(house)
    house.policy.says = lambda _: PolicyVerdict(Outcome.CLEAR)
    await confirmed(house)
    assert len(house.desk.sent) == 1
    assert await used(house, made) == 0


async def test_another_persons_and_another_accounts_orders_are_not_covered(house: House) -> None:
    await desk(house)
    await house.mandates.ask(BEN, replace(parse_mandate(SHARES, TODAY), person="U1"))
    await granted(house)
    accounts = (*link().accounts, replace(link().accounts[0], number="5WT00002"))
    await house.link(id="link3", user_id="U3", customer_id="C3", accounts=accounts)
    theirs = await house.preview(CLEO, "buy 100 AAPL @ 187.50 in 0001")
    assert theirs.mandate is None
    other = await house.preview(CLEO, "buy 100 AAPL @ 187.50 in 0002")
    assert other.mandate is None


async def test_the_policy_test_names_the_mandate(house: House) -> None:
    await desk(house)
    made = await granted(house)
    what, facts = await house.previews.understood(ANA, parse("buy 100 AAPL @ 187.50", TODAY))
    told = await house.policy_check.explain(ANA, what, facts)
    assert told.cover.mark is not None
    assert told.cover.mark.mandate_id == made.id
    over, facts = await house.previews.understood(ANA, parse("buy 301 AAPL @ 187.50", TODAY))
    assert "0 of 300" in (await house.policy_check.explain(ANA, over, facts)).cover.why


@pytest.mark.parametrize(
    ("outcome", "state", "left"),
    [
        (NotSent("no connection"), IntentState.NOT_SENT, 0),
        (RefusedByBroker("margin_check_failed", "no margin", 422), IntentState.REFUSED, 0),
        (Accepted(7, order(BrokerStatus.REJECTED, 1)), IntentState.REJECTED, 100),
        (Accepted(7, order(BrokerStatus.CANCELLED, 1)), IntentState.CANCELLED, 100),
        (Accepted(7, order(BrokerStatus.EXPIRED, 1)), IntentState.EXPIRED, 100),
    ],
)
async def test_only_what_never_was_an_order_is_given_back(
    any_house: House, outcome: Any, state: IntentState, left: int
) -> None:
    """The documented rule: cancelled, expired and rejected ones keep what they have used."""
    house = any_house
    await desk(house)
    made = await granted(house)
    identifier = ""

    def answer(_: bytes) -> Any:
        if isinstance(outcome, Accepted) and outcome.order is not None:
            return replace(outcome, order=replace(outcome.order, identifier=identifier))
        return outcome

    house.desk.outcome = answer
    preview = await shares(house)
    identifier = preview.identifier
    await house.sending.confirm(ANA, preview.handle)
    await house.answered()
    async with house.sql.read() as tx:
        now = await tx.intents.get(preview.id)
    assert now is not None
    assert now.state is state
    assert await used(house, made) == left
    results = [result for _, result in await house.audited("mandate.use")]
    assert results == (["ok"] if left else ["ok", "given_back"])


async def test_f29_a_refused_order_that_was_placed_counts_again(any_house: House) -> None:
    house = any_house
    await desk(house)
    made = await granted(house)
    house.desk.outcome = lambda _: RefusedByBroker("margin_check_failed", "no margin", 422)
    sent = await confirmed(house)
    assert await used(house, made) == 0
    late = order(BrokerStatus.LIVE, 5, identifier=sent.identifier)
    await house.following.learn_of(late, NewsSource.SWEEP, sent.environment)
    assert await used(house, made) == 100
    assert [r for _, r in await house.audited("mandate.use")] == ["ok", "given_back", "counts"]


async def test_a_price_moves_within_the_mandate_and_not_beyond(any_house: House) -> None:
    house = any_house
    await desk(house)
    made = await granted(house, "at most 300 AAPL shares a day for 187.50 debit or better until friday")
    house.desk.outcome = lambda _: Accepted(7, order(BrokerStatus.LIVE, 1))
    preview = await shares(house)
    house.desk.outcome = lambda _: Accepted(7, order(BrokerStatus.LIVE, 1, identifier=preview.identifier))
    await house.sending.confirm(ANA, preview.handle)
    await house.answered()
    house.desk.replaced = lambda number, _: Accepted(number + 1, None)
    async with house.sql.read() as tx:
        working = await tx.intents.get(preview.id)
    assert working is not None
    assert working.state is IntentState.WORKING
    with pytest.raises(Denied) as no:
        await house.replacing.step(ANA, working.handle, steps=1)
    assert no.value.code == "mandate"
    assert house.desk.replaces == []
    await house.replacing.step(ANA, working.handle, steps=-1)
    await house.answered()
    assert len(house.desk.replaces) == 1
    assert await used(house, made) == 100
    await house.mandates.revoke(BEN, made.handle_of("U2"))


# --- what ends it ----------------------------------------------------------------------------------


async def refused(house: House, preview: Intent) -> str:
    """The confirm of a covered preview is denied, and nothing is sent."""
    with pytest.raises(Denied) as no:
        await house.sending.confirm(ANA, preview.handle)
    assert no.value.code == "mandate"
    assert house.desk.sent == []
    return no.value.message


@pytest.mark.parametrize("who", ["U1", "U2", "U4"])
async def test_it_is_revoked_by_holder_granter_or_risk(any_house: House, who: str) -> None:
    house = any_house
    await desk(house)
    made = await granted(house)
    preview = await shares(house)
    await house.grant(Role.RISK, user="U4")
    with pytest.raises((NotPermitted, NotFound)):
        await house.mandates.revoke(CLEO, made.handle_of("U2"))
    with pytest.raises(NotPermitted):  # asked, but it was Ben who granted it
        await house.mandates.revoke(CLEO, made.handle_of("U3"))
    rows = await house.mandates.standing(actor(user_id=who))
    await house.mandates.revoke(actor(user_id=who), rows[0].handle)
    assert "revoked" in await refused(house, preview)
    now = await stored(house, made)
    assert (now.end, now.closed_by) == (End.REVOKED, who)
    assert [n["state"] for n in await notices(house)] == (
        ["approved"] if who == "U1" else ["approved", "revoked"]
    )
    with pytest.raises(AlreadyHandled):
        await house.mandates.revoke(BEN, made.handle_of("U2"))


async def test_who_asked_may_withdraw_before_it_is_granted(any_house: House) -> None:
    house = any_house
    await desk(house)
    made = await asked(house)
    with pytest.raises(NotPermitted):
        await house.mandates.revoke(BEN, made.handle_of("U2"))
    await house.mandates.revoke(ANA, made.holder_handle)
    with pytest.raises(AlreadyHandled):
        await house.mandates.approve(BEN, made.handle_of("U2"))


async def test_it_lapses_with_its_granters_role(any_house: House) -> None:
    """I29: in the transaction of the claim."""
    house = any_house
    await desk(house)
    await granted(house)
    preview = await shares(house)
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U2", Role.APPROVER)
    assert "may not any more" in await refused(house, preview)
    assert (await shares(house, 99)).mandate is None
    (row,) = await house.mandates.standing(ANA)
    assert "may not any more" in row.lapsed[0]


async def test_it_lapses_when_its_granter_is_deactivated(any_house: House) -> None:
    house = any_house
    await desk(house)
    await granted(house)
    preview = await shares(house)
    house.slack.people["U2"] = actor(user_id="U2", deleted=True)
    assert "may not any more" in await refused(house, preview)


async def test_it_ends_with_its_time(any_house: House) -> None:
    house = any_house
    await desk(house)
    made = await granted(house, "at most 300 AAPL shares a day until today 10:01")
    preview = await shares(house)
    assert preview.mandate is not None
    house.clock.advance(60)
    assert "its time is over" in await refused(house, preview)
    await house.mandates.pass_time()
    now = await stored(house, made)
    assert (now.end, now.closed_by) == (End.OVER, "bot")
    assert [n["state"] for n in await notices(house)] == ["approved", "over"]
    assert await house.mandates.standing(ANA) == ()


@pytest.mark.parametrize("scope", ["desk", "account:practice:5WT00001", "user:U1"])
async def test_a_halt_ends_it_for_good(any_house: House, scope: str) -> None:
    """A resume does not bring it back."""
    house = any_house
    await desk(house)
    made = await granted(house)
    preview = await shares(house)
    house.clock.advance(1)
    await house.halts.halt("host", scope=scope)
    await house.halts.resume("host", scope=scope)
    assert "a halt has ended it" in await refused(house, preview)
    await house.mandates.pass_time()
    assert (await stored(house, made)).end is End.HALTED


async def test_a_halt_elsewhere_does_not(house: House) -> None:
    await desk(house)
    made = await granted(house)
    house.clock.advance(1)
    await house.halts.halt("host", scope="user:U9")
    await house.mandates.pass_time()
    assert (await stored(house, made)).is_granted
    preview = await shares(house)
    await house.sending.confirm(ANA, preview.handle)
    await house.answered()
    assert len(house.desk.sent) == 1


async def test_none_is_granted_during_a_halt(house: House) -> None:
    await desk(house)
    made = await asked(house)
    await house.halts.halt("host", state="reducing")
    with pytest.raises(Denied) as no:
        await house.mandates.approve(BEN, made.handle_of("U2"))
    assert no.value.code == "halted"


async def test_a_policy_that_asks_for_more_is_not_met_by_one(any_house: House) -> None:
    house = any_house
    await desk(house)
    await granted(house)
    preview = await shares(house)
    house.policy.says = lambda _: needs(2)
    assert "it needs 2" in await refused(house, preview)


async def test_the_list_shows_ones_own_and_to_the_desk_everybodys(house: House) -> None:
    await desk(house)
    await granted(house)
    await asked(house, "at most 1 SPY strangle a day until friday")
    assert len(await house.mandates.standing(ANA)) == 2
    assert await house.mandates.standing(actor(user_id="U5")) == ()
    rows = await house.mandates.standing(CLEO)  # an approver who has granted none
    assert [(row.mandate.is_granted, bool(row.handle)) for row in rows] == [(True, False), (False, True)]
    assert [row.may_grant for row in rows] == [False, True]
    await house.mandates.approve(CLEO, rows[1].handle)


# --- races -----------------------------------------------------------------------------------------


async def test_each_press_counts_once(any_house: House) -> None:
    """Two orders that fit together, each pressed twice at once."""
    house = any_house
    await desk(house)
    made = await granted(house, "at most 199 AAPL shares a day until friday")
    previews = [await shares(house, 100 - n) for n in range(2)]
    answers = await outcomes(*(house.sending.confirm(ANA, one.handle) for one in (*previews, *previews)))
    await house.answered()
    won = [one for one in answers if isinstance(one, Intent)]
    assert all(isinstance(one, SenexError) for one in answers if one not in won)
    assert len(house.desk.sent) == len(won) == 2
    assert await used(house, made) == 199


@pytest.mark.parametrize("round_", range(2))
async def test_i23_two_orders_for_the_last_count(any_house: House, round_: int) -> None:
    house = any_house
    await desk(house)
    made = await granted(house, "at most 150 AAPL shares a day until friday")
    previews = [await shares(house, 100 - n) for n in range(2)]
    assert all(one.mandate is not None for one in previews)
    answers = await outcomes(
        *(house.sending.confirm(ANA, one.handle) for one in previews[:: -1 if round_ else 1])
    )
    await house.answered()
    (won,) = [one for one in answers if isinstance(one, Intent)]
    (lost,) = [one for one in answers if not isinstance(one, Intent)]
    assert isinstance(lost, Denied)
    assert lost.code == "mandate"
    assert "of 150 are used today" in lost.message
    assert len(house.desk.sent) == 1
    assert await used(house, made) == won.terms.legs[0].quantity


class HeldReads(HandReads):
    """Its quotes wait for `go`, once that is set to an event: what a claim reads before its transaction."""

    go: asyncio.Event | None = None
    arrived: asyncio.Event | None = None

    async def quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        if self.go is not None and self.arrived is not None:
            self.arrived.set()
            await self.go.wait()
        return await super().quotes(link_id, instruments)


async def held_claim(home: Home) -> tuple[House, Mandate, asyncio.Task[Intent], HeldReads]:
    """The claim of a covered order has read all it needs from outside, and begins its transaction when told."""
    reads = HeldReads(home.clock)
    house = await House.build(home, reads=reads)
    await desk(house)
    made = await granted(house)
    preview = await shares(house)
    assert preview.mandate is not None
    reads.go, reads.arrived = asyncio.Event(), asyncio.Event()
    claim = asyncio.create_task(house.sending.confirm(ANA, preview.handle))
    await reads.arrived.wait()
    return house, made, claim, reads


async def lose_role(house: House) -> None:
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U2", Role.APPROVER)


@pytest.mark.parametrize("what", ["revoke", "role"])
async def test_i29_what_ends_it_between_the_reads_and_the_claim_is_seen(home: Home, what: str) -> None:
    house, made, claim, reads = await held_claim(home)
    assert reads.go is not None
    if what == "revoke":
        await house.mandates.revoke(BEN, made.handle_of("U2"))
    else:
        await lose_role(house)
    reads.go.set()
    with pytest.raises(Denied) as no:
        await claim
    assert no.value.code == "mandate"
    assert house.desk.sent == []
    assert await used(house, made) == 0


@pytest.mark.parametrize("what", ["revoke", "role"])
@pytest.mark.parametrize("claim_first", [True, False])
async def test_i29_what_ends_it_and_the_claim_at_once(home: Home, what: str, claim_first: bool) -> None:
    """Either it was sent before it ended, or nothing was sent; what was sent is counted."""
    house, made, claim, reads = await held_claim(home)
    assert reads.go is not None
    if claim_first:
        reads.go.set()
        await asyncio.sleep(0)
    end = house.mandates.revoke(BEN, made.handle_of("U2")) if what == "revoke" else lose_role(house)
    ended = asyncio.ensure_future(end)
    reads.go.set()
    (said,) = await outcomes(claim)
    await ended
    await house.answered()
    sent = 1 if isinstance(said, Intent) else 0
    assert isinstance(said, (Intent, Denied))
    assert len(house.desk.sent) == sent
    assert await used(house, made) == 100 * sent


async def test_f92_two_grant_at_once_and_both_count(any_house: House) -> None:
    house = any_house
    await desk(house, 2)
    made = await asked(house)
    answers = await outcomes(
        house.mandates.approve(BEN, made.handle_of("U2")), house.mandates.approve(CLEO, made.handle_of("U3"))
    )
    assert not [one for one in answers if isinstance(one, BaseException)]
    now = await stored(house, made)
    assert sorted(now.given) == ["U2", "U3"]
    assert now.is_granted


# --- by delta --------------------------------------------------------------------------------------


class OptionReads(HandReads):
    """The same with SPY's two options and what is told of their deltas; None: nothing in time."""

    deltas: Mapping[str, Decimal] | None = None
    asked: int = 0

    async def instrument(self, link_id: str, symbol: str) -> Instrument | None:
        contract = OptionContract.from_occ(symbol)
        return share(symbol) if contract is None else option(contract)

    async def greeks(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Greeks]:
        self.asked += 1
        if self.deltas is None:
            raise Unavailable("The broker gave no greeks in time.")
        return {
            one.symbol: Greeks(self.deltas[one.symbol], None, None, None, None, None, at=self.clock.now())
            for one in instruments
            if one.symbol in self.deltas
        }


SIXTEEN = {PUT.occ: Decimal("-0.16"), CALL.occ: Decimal("0.15")}
STRANGLES = "at most 10 SPY strangles a day at 16 delta or less until friday"


async def test_the_deltas_count_at_the_preview_and_again_in_the_claim(home: Home) -> None:
    """I21: what drifts meanwhile, or is not told, is asked to be approved."""
    clock: HandClock = home.clock
    reads = OptionReads(clock)
    house = await House.build(home, reads=reads)
    await desk(house)
    made = await granted(house, STRANGLES)

    async def cover_of(what: OrderTerms) -> Any:
        policy_reads = await house.policy_check.read(ANA, what)
        async with house.sql.read() as tx:
            verdict = needs(loss=None)
            return await house.policy_check.mandates.cover(tx, ANA, what, verdict, policy_reads.mandates)

    await cover_of(terms())
    assert reads.asked == 0  # of shares nobody asks
    assert (await cover_of(strangle())).why == "the deltas could not be read"
    reads.deltas = SIXTEEN | {PUT.occ: Decimal("-0.18")}
    assert (await cover_of(strangle())).why == "a delta is 18, covered up to 16"
    reads.deltas = SIXTEEN
    mark = (await cover_of(strangle())).mark
    assert mark is not None
    verdict = needs(loss=None)
    for number, deltas in enumerate(({CALL.occ: Decimal("0.15")}, SIXTEEN | {CALL.occ: Decimal("0.17")}), 1):
        reads.deltas = deltas
        await house.put(number, terms=strangle(number + 1, price="3.40"), mandate=mark, verdict=verdict)
        with pytest.raises(Denied) as no:
            await house.sending.confirm(ANA, f"h{number}")
        assert no.value.code == "mandate"
    assert house.desk.sent == []
    reads.deltas = SIXTEEN
    await house.put(3, terms=strangle(2, price="3.40"), mandate=mark, verdict=verdict)
    await house.sending.confirm(ANA, "h3")
    await house.answered()
    assert len(house.desk.sent) == 1
    assert await used(house, made) == 2
