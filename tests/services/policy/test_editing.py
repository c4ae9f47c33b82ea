"""The policy in the claim: limits that parallel orders share, on both databases; who may change it; what a
day's loss does (I21, I23, I24, I25, I38, I79)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import text

from senexbot.domain.errors import AlreadyHandled, BrokerFault, Denied, NotFound, NotPermitted
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.language import parse
from senexbot.domain.links import AccountRef, BrokerAccount, Environment, Role
from senexbot.domain.orders.broker_orders import Accepted, BrokerLeg, BrokerStatus, NotSent, RefusedByBroker
from senexbot.domain.orders.intents import IntentState, NewsSource
from senexbot.domain.orders.terms import Action
from senexbot.domain.policy.changes import ChangeState
from senexbot.domain.policy.reading import read_setting
from senexbot.domain.policy.reservations import Hold
from senexbot.domain.policy.rules import Limit, Number, Policy, RuleName, Scope, ScopeKind
from senexbot.domain.policy.verdict import Outcome
from tests.domain.builders import ACCOUNT, TODAY, actor, fill, order, terms
from tests.domain.policy.cases import SCOPE, balances, limit
from tests.services.house import House, outcomes
from tests.stores import Home

ANA, BEN, EVE = actor(), actor(user_id="U2"), actor(user_id="U3")
SAID = "buy 5 AAPL @ 187.50"


def accepted(_: bytes) -> Accepted:
    return Accepted(7, None)


def in_turn() -> Callable[[bytes], Accepted]:
    """Each create request is accepted under the next number."""
    numbers = count(1)
    return lambda _: Accepted(next(numbers), None)


async def waiting(house: House, *quantities: int) -> None:
    """A preview of so many AAPL at 100.00 each, its buttons h1, h2, …; the account was compared."""
    for number, quantity in enumerate(quantities, start=1):
        await house.put(number, terms=terms(quantity=quantity, price="-100"))
    await house.following.sweep(ACCOUNT)


async def held(house: House, number: int = 1) -> tuple[Hold, Decimal] | None:
    async with house.sql.read() as tx:
        found = await tx.reservations.get(f"intent{number}")
    return None if found is None else (found.hold, found.share)


# --- reservations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantities", "sent"),
    [((40, 50), 2), ((50, 50), 2), ((50, 51), 1), ((101,), 0), ((30, 30, 30, 30, 30), 3)],
)
async def test_f93_parallel_orders_never_exceed_a_limit_together(
    any_house: House, quantities: tuple[int, ...], sent: int
) -> None:
    """I23, I24: each alone is under 10,000; the judge is the broker's list of create requests."""
    house = any_house
    house.desk.outcome = in_turn()
    await house.limits(notional=limit(None, 10_000), duplicate=Number(0))
    await waiting(house, *quantities)
    answers = await outcomes(*(house.sending.confirm(ANA, f"h{n}") for n in range(1, len(quantities) + 1)))
    await house.answered()
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(no, Denied) and no.code == "limit_notional" for no in refused), refused
    assert (len(house.desk.sent), len(refused)) == (sent, len(quantities) - sent)
    assert len(await house.audited("order.confirm")) == len(quantities)


async def test_f93_the_orders_of_a_day_are_counted_across_parallel_claims(any_house: House) -> None:
    """I23, I68."""
    house = any_house
    house.desk.outcome = in_turn()
    await house.limits(orders=limit(None, 2))
    await waiting(house, 1, 2, 3, 4)
    answers = await outcomes(*(house.sending.confirm(ANA, f"h{n}") for n in range(1, 5)))
    await house.answered()
    assert len(house.desk.sent) == 2
    assert {no.code for no in answers if isinstance(no, Denied)} == {"limit_orders"}


async def test_f93_two_persons_in_one_account_share_its_limits(home: Home) -> None:
    """I23: reserved by account, whoever's link reaches it."""
    house = await House.build(home)
    house.desk.outcome = in_turn()
    await house.link(id="link2", user_id="U2")
    await house.limits(notional=limit(None, 10_000))
    await house.put(1, terms=terms(quantity=60, price="-100"))
    theirs = terms(
        quantity=60, price="-100", account=AccountRef("link2", ACCOUNT.number, Environment.PRACTICE)
    )
    await house.put(2, terms=theirs, owner="U2")
    await house.following.sweep(ACCOUNT)
    await outcomes(house.sending.confirm(ANA, "h1"), house.sending.confirm(BEN, "h2"))
    await house.answered()
    assert len(house.desk.sent) == 1


async def test_i23_two_accounts_do_not_share_a_limit(any_house: House) -> None:
    house = any_house
    house.desk.outcome = in_turn()
    other = BrokerAccount("5WT00009", "", "Individual", "Margin")
    await house.link(id="link9", accounts=(other,))
    await house.limits(notional=limit(None, 10_000))
    await waiting(house, 60)
    there = AccountRef("link9", "5WT00009", Environment.PRACTICE)
    await house.put(2, terms=terms(quantity=60, price="-100", account=there))
    await house.following.sweep(there)
    await outcomes(house.sending.confirm(ANA, "h1"), house.sending.confirm(ANA, "h2"))
    await house.answered()
    assert len(house.desk.sent) == 2


async def test_i23_what_an_order_holds_ends_with_it(any_house: House) -> None:
    """Working counts whole; ended with half of it filled, half; the rest is free at once."""
    house = any_house
    house.desk.outcome = accepted
    await house.limits(notional=limit(None, 10_000))
    await waiting(house, 80, 60)
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert await held(house) == (Hold.WORKING, 1)
    with pytest.raises(Denied):
        await house.sending.confirm(ANA, "h2")
    half = order(BrokerStatus.CANCELLED, 9, fill("f", 40, "100"), quantity=80)
    await house.following.learn_of(half, NewsSource.STREAM, Environment.PRACTICE)
    assert await held(house) == (Hold.ENDED, Decimal("0.5"))
    await house.sending.confirm(ANA, "h2")
    await house.answered()
    assert len(house.desk.sent) == 2


@pytest.mark.parametrize("outcome", [NotSent("no line"), RefusedByBroker("no", "the broker's no", 422)])
async def test_i23_an_order_that_never_was_holds_nothing(any_house: House, outcome: NotSent) -> None:
    house = any_house
    house.desk.outcome = lambda _: outcome
    await house.limits(notional=limit(None, 10_000))
    await waiting(house, 80, 60)
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert await held(house) == (Hold.VOID, 0)
    await house.sending.confirm(ANA, "h2")
    await house.answered()
    assert len(house.desk.sent) == 2


async def test_i23_an_unknown_outcome_goes_on_holding(any_house: House) -> None:
    house = any_house
    await house.limits(notional=limit(None, 10_000))
    await waiting(house, 80)
    await house.put(2, terms=terms(Action.SELL_TO_OPEN, 60, "100"))
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert (await house.intent()).state is IntentState.UNKNOWN
    assert await held(house) == (Hold.CLAIMED, 1)


async def test_i23_a_claim_that_fails_holds_nothing(any_house: House) -> None:
    """Both or neither: the reservation is rolled back with the claim."""
    house = any_house
    await waiting(house, 80)
    house.store.failures = 1
    await outcomes(house.sending.confirm(ANA, "h1"))
    assert await held(house) is None
    assert house.desk.sent == []


# --- orders and positions made elsewhere ---------------------------------------------------------


async def test_orders_of_the_brokers_own_app_count(any_house: House) -> None:
    house = any_house
    await house.limits(notional=limit(None, 10_000))
    await waiting(house, 50)
    house.desk.listed = [order(id=70, identifier="", quantity=51, price=Decimal(-100))]
    house.clock.advance(11)
    with pytest.raises(Denied) as denied:
        await house.sending.confirm(ANA, "h1")
    assert denied.value.code == "limit_notional"
    house.desk.listed = [order(id=70, identifier="", quantity=50, price=Decimal(-100))]
    house.clock.advance(11)
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert len(house.desk.sent) == 1


async def test_a_future_of_the_brokers_own_app_counts_with_its_multiplier(any_house: House) -> None:
    house = any_house
    leg = BrokerLeg("/ESZ6", InstrumentType.FUTURE, "Sell", Decimal(2), Decimal(2))
    house.desk.listed = [order(id=70, identifier="", legs=(leg,), underlying="/ESZ6", price=Decimal(6000))]
    house.clock.advance(11)
    reads = await house.policy_check.read(ANA, terms())
    assert reads.elsewhere is not None
    (held,) = reads.elsewhere
    assert (held.exposure.notional, held.exposure.uncapped_contracts) == (Decimal(600_000), Decimal(2))


async def test_our_own_orders_in_the_brokers_list_count_once(any_house: House) -> None:
    house = any_house
    house.desk.outcome = accepted
    await house.limits(notional=limit(None, 10_000))
    await waiting(house, 50, 49)
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    house.desk.listed = [order(quantity=50, price=Decimal(-100)), order(id=7, identifier="", quantity=50)]
    house.clock.advance(11)
    await house.sending.confirm(ANA, "h2")
    await house.answered()
    assert len(house.desk.sent) == 2


async def test_i22_a_list_that_is_not_whole_refuses_an_opening_order(any_house: House) -> None:
    house = any_house
    await waiting(house, 5)
    house.clock.advance(11)
    house.desk.complete = False
    with pytest.raises(Denied) as denied:
        await house.sending.confirm(ANA, "h1")
    assert denied.value.code == "policy_unknown"
    house.desk.trouble = BrokerFault("no list", code="unavailable")
    with pytest.raises(Denied):
        await house.preview(ANA, SAID)
    assert house.desk.sent == []


# --- verdicts ------------------------------------------------------------------------------------


async def test_i21_the_preview_is_checked_and_keeps_the_verdict(any_house: House) -> None:
    """I21, I24, I79."""
    house = any_house
    preview = await house.preview(ANA, SAID)
    assert preview.verdict is not None
    assert (preview.verdict.outcome, preview.verdict.policy_version) == (Outcome.CLEAR, 0)
    await house.limits(notional=limit(None, 900))
    with pytest.raises(Denied) as denied:
        await house.preview(ANA, SAID)
    assert "4 or fewer would pass" in denied.value.message
    with pytest.raises(Denied):
        await house.sending.confirm(ANA, preview.handle)
    assert house.desk.sent == []
    assert ("U1", "limit_notional") in await house.audited("order.preview")
    assert ("U1", "limit_notional") in await house.audited("order.confirm")
    told = [record.entry async for record in house.sql.export_audit() if record.entry.result != "ok"]
    assert {("codes", "limit_notional"), ("policy", "1")} <= set(told[0].params)
    assert {("codes", "limit_notional"), ("policy", "1")} <= set(told[1].params)


async def test_each_intent_keeps_the_version_that_decided(any_house: House) -> None:
    house = any_house
    await waiting(house, 5)
    await house.limits(notional=limit(None, 900), loss=limit(None, 900))
    claimed = await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert claimed.verdict is not None
    assert claimed.verdict.policy_version == 2
    assert claimed.verdict.exposure.notional == 500


async def test_an_approval_that_cannot_be_asked_for_denies_and_names_the_limit(any_house: House) -> None:
    house = any_house
    await house.limits(notional=limit(300, 1_000))
    with pytest.raises(Denied) as alone:
        await house.preview(ANA, SAID)
    assert alone.value.code == "no_approver"
    assert "nobody may approve this now" in alone.value.message
    await house.grant(Role.APPROVER)  # one's own role approves nothing of one's own
    with pytest.raises(Denied) as still:
        await house.preview(ANA, SAID)
    assert still.value.code == "no_approver"
    await house.grant(Role.APPROVER, user="U2")
    asked = await house.preview(ANA, SAID)
    assert asked.verdict is not None
    assert asked.verdict.outcome is Outcome.NEEDS_APPROVAL
    explained = await house.policy_check.explain(
        ANA, *await house.previews.understood(ANA, parse(SAID, TODAY))
    )
    assert (explained.verdict.outcome, explained.approvers) == (Outcome.NEEDS_APPROVAL, ("U2",))


async def test_buying_power_is_told_by_the_dry_run(any_house: House) -> None:
    """The hand-held broker's dry run takes $1 of a $100,000 account of which $30,000 are in use."""
    house = any_house
    await house.limits(buying_power=limit(None, "30.0005"))
    with pytest.raises(Denied) as unknown:
        await house.preview(ANA, SAID)
    assert unknown.value.code == "policy_unknown"
    house.reads.balances_told = balances()
    with pytest.raises(Denied) as over:
        await house.preview(ANA, SAID)
    assert over.value.code == "limit_buying_power"
    await house.limits(buying_power=limit(None, "30.001"))
    await house.preview(ANA, SAID)


async def test_a_double_within_a_minute_is_denied_at_the_claim(any_house: House) -> None:
    house = any_house
    house.desk.outcome = accepted
    await waiting(house, 5, 5)
    answers = await outcomes(house.sending.confirm(ANA, "h1"), house.sending.confirm(ANA, "h2"))
    await house.answered()
    assert [no.code for no in answers if isinstance(no, Denied)] == ["duplicate"]
    house.clock.advance(60)
    last = "h2" if isinstance(answers[1], Denied) else "h1"
    await house.sending.confirm(ANA, last)
    await house.answered()
    assert len(house.desk.sent) == 2


# --- halts of accounts and persons ---------------------------------------------------------------


@pytest.mark.parametrize(("scope", "stopped"), [(SCOPE, True), ("user:U1", True), ("user:U2", False)])
async def test_i25_a_halt_of_an_account_or_a_person_stops_their_orders_alone(
    any_house: House, scope: str, *, stopped: bool
) -> None:
    house = any_house
    await waiting(house, 5)
    await house.grant(Role.RISK, user="U3")
    answer = await house.halts.halt(EVE, "look at it", scope=scope)
    assert answer.row.state == "halted"
    (tried,) = await outcomes(house.sending.confirm(ANA, "h1"))
    await house.answered()
    assert (isinstance(tried, Denied) and tried.code == "halted") is stopped
    assert len(house.desk.sent) == (0 if stopped else 1)
    status = await house.halts.status()
    assert (status.row.state, [row.scope for row in status.others]) == ("active", [scope])


async def test_f112_a_claim_and_a_halt_of_its_account_at_once(any_house: House) -> None:
    """I25, I29: the claim commits before the halt and is listed by it, or never happens."""
    house = any_house
    house.desk.outcome = in_turn()
    await waiting(house, 5, 6, 7)
    confirmed = [house.sending.confirm(ANA, f"h{n}") for n in (1, 2, 3)]
    *_, halted = await outcomes(*confirmed, house.halts.halt(ANA, scope=SCOPE))
    await house.answered()
    states = {n: (await house.intent(n)).state for n in (1, 2, 3)}
    claimed = {f"intent{n}" for n, state in states.items() if state is not IntentState.PREVIEWED}
    assert {one.id for one in (*halted.on_the_way, *halted.working)} == claimed
    assert len(house.desk.sent) == len(claimed)


async def test_i26_who_may_halt_whom_and_who_lifts_it(any_house: House) -> None:
    house = any_house
    await house.link(id="link2", user_id="U2", accounts=(BrokerAccount("5WT00002", "", "I", "Margin"),))
    for scope in ("user:U2", "account:practice:5WT00002"):
        with pytest.raises(NotPermitted):
            await house.halts.halt(ANA, scope=scope)
        await house.halts.halt(BEN, scope=scope)
        with pytest.raises(NotPermitted):
            await house.halts.resume(BEN, scope=scope)
    await house.grant(Role.RISK)
    await house.halts.resume(ANA, scope="user:U2")
    with pytest.raises(AlreadyHandled) as again:
        await house.halts.resume(ANA, scope="user:U2")
    assert again.value.message == "This person is active already."
    assert ("U2", "ok") in await house.audited("user.halted")
    assert ("U1", "ok") in await house.audited("user.active")


async def test_an_account_is_found_by_its_last_digits(house: House) -> None:
    await house.link(id="link2", accounts=(BrokerAccount("5WT10001", "", "I", "Margin"),))
    assert await house.halts.account_scope("00001") == SCOPE
    for digits in ("0001", "77", ""):
        with pytest.raises(NotFound):
            await house.halts.account_scope(digits)


# --- a day's loss --------------------------------------------------------------------------------


async def test_a_days_loss_turns_the_account_to_reducing_by_itself(any_house: House) -> None:
    """Announced, audited, and lifted by a person only; closing orders still start (I25)."""
    house = any_house
    house.desk.outcome = accepted
    await waiting(house, 5)
    await house.limits(daily_loss=limit(None, 1_000))
    house.reads.balances_told = balances(day_change=Decimal(-1_000))
    await house.daily_loss.round()
    assert (await house.halts.status()).others == ()
    house.reads.balances_told = balances(day_change=Decimal("-1000.01"))
    await house.daily_loss.round()
    (row,) = (await house.halts.status()).others
    assert (row.scope, row.state, row.by) == (SCOPE, "reducing", "bot")
    assert row.reason == "down $1,000.01 today, limit $1,000.00"
    assert await house.audited("account.reducing") == [("bot", "ok")]
    assert [r.news.kind for r in await house.told()] == ["halted"]  # type: ignore[union-attr]
    with pytest.raises(Denied) as denied:
        await house.sending.confirm(ANA, "h1")
    assert denied.value.code == "reducing"
    for lift in (house.halts.resume(ANA, scope=SCOPE),):
        with pytest.raises(NotPermitted):
            await lift
    assert house.desk.sent == []


async def test_a_day_s_loss_that_a_person_has_lifted_stays_lifted_that_day(any_house: House) -> None:
    """I68: until the exchange's next trading day."""
    house = any_house
    await waiting(house, 5)
    await house.limits(daily_loss=limit(None, 1_000))
    house.reads.balances_told = balances(day_change=Decimal(-5_000))
    with pytest.raises(Denied) as denied:  # the claim's own look is enough
        await house.sending.confirm(ANA, "h1")
    assert denied.value.code == "reducing"
    await house.grant(Role.RISK)
    await house.halts.resume(ANA, scope=SCOPE)
    await house.daily_loss.round()
    assert (await house.halts.status()).others == ()
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert len(house.desk.sent) == 1
    house.clock.advance(24 * 3600)
    await house.daily_loss.round()
    assert [r.state for r in (await house.halts.status()).others] == ["reducing"]


async def test_two_looks_at_one_loss_make_one_halt(any_house: House) -> None:
    house = any_house
    await house.limits(daily_loss=limit(None, 1_000))
    lost = balances(day_change=Decimal(-5_000))
    turned = await outcomes(
        *(house.daily_loss.seen(ACCOUNT, "U1", frozenset({Role.TRADER}), lost) for _ in range(4))
    )
    assert turned.count(True) == 1
    assert len(await house.audited("account.reducing")) == 1


async def test_a_loss_never_softens_a_halt(any_house: House) -> None:
    house = any_house
    await house.limits(daily_loss=limit(None, 1_000))
    await house.halts.halt(ANA, scope=SCOPE)
    house.reads.balances_told = balances(day_change=Decimal(-5_000))
    await house.daily_loss.round()
    assert [r.state for r in (await house.halts.status()).others] == ["halted"]


async def test_i22_an_unknown_result_of_the_day_refuses_what_opens(any_house: House) -> None:
    house = any_house
    await waiting(house, 5)
    await house.limits(daily_loss=limit(None, 1_000))
    for told in (None, balances(day_change=None)):
        house.reads.balances_told = told
        await house.daily_loss.round()
        with pytest.raises(Denied) as denied:
            await house.sending.confirm(ANA, "h1")
        assert denied.value.code == "policy_unknown"


# --- changing the policy -------------------------------------------------------------------------

TIGHTER, LOOSER = read_setting("notional 1000/2000"), read_setting("notional 900000/9000000")


async def told(house: House, user: str) -> list[dict[str, str]]:
    return [
        dict(row.news.params)  # type: ignore[union-attr]
        for row in await house.told()
        if row.to_user == user
    ]


async def test_i38_only_the_risk_role_changes_the_policy(any_house: House) -> None:
    house = any_house
    await house.grant(Role.OPERATOR, Role.TRADER, Role.APPROVER)
    await house.grant(Role.RISK, user="U2")
    for who in (ANA, actor(user_id="U2", is_guest=True)):
        with pytest.raises(NotPermitted):
            await house.policies.set(who, TIGHTER)
    assert await house.policies.current() == Policy()


async def test_i38_alone_one_tightens_at_once_and_loosens_after_15_minutes(any_house: House) -> None:
    house = any_house
    await house.grant(Role.RISK)
    done = await house.policies.set(ANA, TIGHTER)
    assert (done.change.state, done.before) == (ChangeState.ADOPTED, None)
    assert (await house.policies.current()).desk_value(RuleName.NOTIONAL) == limit(1_000, 2_000)
    later = await house.policies.set(ANA, LOOSER)
    assert (later.change.state, later.before) == (ChangeState.WAITING, limit(1_000, 2_000))
    house.clock.advance(899)
    assert await house.policies.adopt_due() == 0
    assert (await house.policies.current()).version == 1
    house.clock.advance(1)
    assert await house.policies.adopt_due() == 1
    policy = await house.policies.current()
    assert (policy.version, policy.desk_value(RuleName.NOTIONAL)) == (2, limit(900_000, 9_000_000))
    assert await house.policies.adopt_due() == 0
    heard = [(row.channel, dict(row.news.params)["state"]) for row in await house.told()]  # type: ignore[union-attr]
    assert heard == [("CADMIN", "adopted"), ("CADMIN", "waiting"), ("CADMIN", "adopted")]
    assert await house.audited("policy.adopted") == [("U1", "ok"), ("U1", "ok")]
    assert await house.audited("policy.waiting") == [("U1", "ok")]


async def test_i38_two_persons_once_two_hold_the_role(any_house: House) -> None:
    """Tightening too; the second is another, holds the role when they press, and presses their own button."""
    house = any_house
    await house.grant(Role.RISK)
    await house.grant(Role.RISK, user="U2")
    proposed = await house.policies.set(ANA, TIGHTER)
    assert (proposed.change.state, proposed.others) == (ChangeState.PROPOSED, ("U2",))
    (asked,) = await told(house, "U2")
    mine = (await house.policies.view(ANA)).waiting[0][1]
    for who, button in ((ANA, mine), (EVE, asked["handle"]), (ANA, asked["handle"])):
        with pytest.raises(NotPermitted):
            await house.policies.agree(who, button)
    with pytest.raises(NotFound):
        await house.policies.agree(BEN, "never issued")
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U2", Role.RISK)
    with pytest.raises(NotPermitted):
        await house.policies.agree(BEN, asked["handle"])
    await house.grant(Role.RISK, user="U2")
    assert (await house.policies.current()).version == 0
    agreed = await outcomes(*(house.policies.agree(BEN, asked["handle"]) for _ in range(3)))
    assert sum(1 for one in agreed if not isinstance(one, Exception)) == 1
    assert (await house.policies.current()).version == 1
    assert (await house.policies.view(ANA)).waiting == ()


async def test_i38_a_loosening_asks_for_a_second_person_who_came_meanwhile(any_house: House) -> None:
    house = any_house
    await house.grant(Role.RISK)
    await house.policies.set(ANA, LOOSER)
    await house.grant(Role.RISK, user="U2")
    house.clock.advance(900)
    await house.policies.adopt_due()
    assert (await house.policies.current()).version == 0
    (asked,) = await told(house, "U2")
    assert asked["state"] == "proposed"
    await house.policies.agree(BEN, asked["handle"])
    assert (await house.policies.current()).version == 1


async def test_i38_a_loosening_ends_when_its_author_lost_the_role_or_somebody_withdraws_it(
    any_house: House,
) -> None:
    house = any_house
    await house.grant(Role.RISK)
    await house.policies.set(ANA, LOOSER)
    ((change, button),) = (await house.policies.view(ANA)).waiting
    assert change.state is ChangeState.WAITING
    with pytest.raises(AlreadyHandled):
        await house.policies.agree(ANA, button)
    assert (await house.policies.withdraw(ANA, button)).state is ChangeState.WITHDRAWN
    with pytest.raises(AlreadyHandled):
        await house.policies.withdraw(ANA, button)
    await house.policies.set(ANA, LOOSER)
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U1", Role.RISK)
    assert (await house.policies.view(ANA)).waiting[0][1] == ""
    house.clock.advance(900)
    await house.policies.adopt_due()
    assert (await house.policies.current()).version == 0
    assert (await house.policies.view(ANA)).waiting == ()


async def test_i38_the_hosts_command_line_is_break_glass(any_house: House) -> None:
    """At once whoever holds the role; audited, and announced to them."""
    house = any_house
    await house.grant(Role.RISK)
    await house.grant(Role.RISK, user="U2")
    await house.policies.set_from_host(read_setting("notional off for account 0001"))
    policy = await house.policies.current()
    assert policy.said(RuleName.NOTIONAL, Scope(ScopeKind.ACCOUNT, "practice:5WT00001")) == Limit()
    assert await house.audited("policy.adopted") == [("host", "ok")]
    assert {row.to_user or row.channel for row in await house.told()} == {"CADMIN", "U1", "U2"}
    with pytest.raises(AlreadyHandled):
        await house.policies.set_from_host(read_setting("notional off for account 0001"))
    with pytest.raises(NotFound):
        await house.policies.set_from_host(read_setting("notional off for account 9"))
    await house.policies.set_from_host(read_setting("notional default for account 0001"))
    assert (await house.policies.current()).settings == ()


async def test_two_changes_at_once_are_two_versions(any_house: House) -> None:
    house = any_house
    tries = [read_setting(f"notional {n}") for n in range(1, 5)]
    done = await outcomes(*(house.policies.set_from_host(one) for one in tries))
    stored = (await house.policies.current()).version
    assert stored == sum(1 for one in done if not isinstance(one, Exception)) >= 1


async def test_f77_a_policy_that_cannot_be_read_lets_nothing_pass(house: House) -> None:
    """Limits that cannot be read are not taken for none."""
    await waiting(house, 5)
    await house.limits(notional=limit(None, 1))
    async with house.sql.begin() as tx:
        await tx.work.write(text("UPDATE policies SET data = '{}'"))
    (refused,) = await outcomes(house.sending.confirm(ANA, "h1"))
    assert isinstance(refused, Exception)
    assert house.desk.sent == []
