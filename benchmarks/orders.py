"""The longest order's words read, checked and weighed by the policy, beside the broker's own dry run of that order.

Both by the clock, as the desk does them: the dry run is a signed-in request through our adapter to the simulator in
a process of its own, composed, answered and read; ours is the words, every rule of the preview, and the policy with
each of its limits set, on the terms and the market that these words came to. Neither looks anything up meanwhile.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import cycle
from types import SimpleNamespace

from benchmarks.children import child
from benchmarks.figures import Goal, Row, Sizes, interleaved
from senexbot.broker.adapter import Tastytrade
from senexbot.domain.halts.halts import HaltState
from senexbot.domain.language import parse
from senexbot.domain.links import AccountRef, Role
from senexbot.domain.market import TradingStatus
from senexbot.domain.orders.checks import CheckInput, check_preview
from senexbot.domain.orders.terms import Estimate
from senexbot.domain.policy.assess import assess
from senexbot.domain.policy.input import PolicyInput
from senexbot.domain.policy.rules import DESK, RuleName, Scope, ScopeKind, Subject
from senexbot.domain.policy.verdict import Outcome
from senexbot.domain.resolving import Resolvable, Resolved
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.orders.market_facts import MarketFacts
from senexbot.services.orders.resolving import Resolving
from senexbot.services.policy.check import market_of, risk_of
from tests.broker.kit import SteeredClock, account, control, link, simulated
from tests.domain.builders import actor
from tests.domain.policy import cases as policy_cases

# The longest strategy, with all that can be said of it.
TEXT = "sell 2 SPY 18DEC26 575/580/625/630 iron condor @ 1.20 gtc tp 50% sl 2x exits gtc in 0001"
TRADER = actor()
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
GOAL = Goal(0.05, at_least=False)
TODAYS = 12  # orders of the day that the limits look at, a third of them open in the same underlying
LINKS = 8  # by turns, for each has a pace of its own, which is not what is measured


async def run(sizes: Sizes) -> list[Row]:
    times, runs = sizes.of(100, 2), sizes.of(20, 1)
    clock = _MondayClock()
    async with child("senexsim", "broker", "--seed", "1") as info:
        sim = SimpleNamespace(info=info)
        await control(sim, "clock", {"now": MONDAY.isoformat()})
        number = info["users"][0]["accounts"][0]
        async with simulated(sim, clock=clock, links=LINKS) as broker:
            resolved, status = await _resolved(broker, clock, number)
            body = broker.desk.compose(resolved.terms, "sx1-p-bench")
            assert len(json.loads(body)["orders"]) == 2  # the entry's exits go with it
            turns = cycle(replace(account(number), link_id=f"l{n}") for n in range(1, LINKS + 1))
            estimates = [await broker.desk.dry_run(next(turns), body) for _ in range(LINKS)]  # and signs in
            look = _Look(resolved, status, estimates[0], clock.now())

            async def ours() -> float:
                return _median(look.once, times)

            async def twice() -> float:
                return _median(look.as_previewed, times)

            async def dry_run() -> float:
                took = []
                for _ in range(runs):
                    began = time.perf_counter()
                    await broker.desk.dry_run(next(turns), broker.desk.compose(resolved.terms, "sx1-p-bench"))
                    took.append(time.perf_counter() - began)
                return statistics.median(took) * 1e3

            figures = await interleaved(sizes.rounds, ours, dry_run, "ms")
            preview = await interleaved(sizes.rounds, twice, dry_run, "ms")
    beside = "broker's dry run"
    return [
        Row("the longest strategy's words read, checked and weighed", *figures, beside, GOAL),
        Row("the same as a preview does it: weighed before the dry run and after it", *preview, beside),
    ]


def _median(work: Callable[[], None], times: int) -> float:
    """Milliseconds: of each run, so that what else the machine does in between falls on few of them."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e3


async def _resolved(
    broker: Tastytrade, clock: SteeredClock, number: str
) -> tuple[Resolved, TradingStatus | None]:
    resolving = Resolving(reads=broker.reads, clock=clock, exchange_zone=EXCHANGE_ZONE)
    said = parse(TEXT, TODAY)
    assert isinstance(said, Resolvable)
    (found,), status = await resolving.resolve(account(number), said)
    return found, status


class _Look:
    """What is known when the order is previewed: all of it read before."""

    def __init__(
        self, resolved: Resolved, status: TradingStatus | None, estimate: Estimate, now: datetime
    ) -> None:
        self._terms = terms = resolved.terms
        self._facts = facts = MarketFacts.of(resolved, status)
        self._policy = _busy_policy(terms.account)
        self._now = now
        number = terms.account.number
        self._checked = CheckInput(
            terms=terms,
            instrument=facts.instrument,
            link=replace(link(number), user_id=TRADER.user_id, team_id=TRADER.team_id),
            actor=TRADER,
            roles=frozenset({Role.TRADER}),
            halt=HaltState.ACTIVE,
            live_trading=False,
            now=now,
            quote=facts.quote,
            position_quantity=facts.held,
            trading_status=status,
            more=facts.more,
            today=TODAY,
        )
        self._weighed = PolicyInput(
            terms=terms,
            subject=Subject(TRADER.user_id, frozenset({Role.TRADER}), terms.account),
            now=now,
            local=now.astimezone(EXCHANGE_ZONE),
            market=None,
            balances=policy_cases.balances(at=now),
            positions=tuple(policy_cases.position(f"P{n}", underlying=f"P{n}") for n in range(TODAYS)),
            ours=tuple(
                policy_cases.held(
                    n, account=number, day=TODAY, underlying="AAPL" if n % 3 else "SPY", ago=120 + n
                )
                for n in range(TODAYS)
            ),
        )
        self._estimate = estimate

    def once(self) -> None:
        parse(TEXT, TODAY)
        assert not check_preview(self._checked).denials
        self._weigh(self._estimate)

    def as_previewed(self) -> None:
        parse(TEXT, TODAY)
        assert not check_preview(self._checked).denials
        self._weigh(None)
        self._weigh(self._estimate)

    def _weigh(self, estimate: Estimate | None) -> None:
        """As services/policy_check has it: the market and the risk of the order are told anew each time."""
        facts = replace(
            self._weighed,
            market=market_of(self._terms, self._facts, self._now),
            risk=risk_of(self._terms, self._facts),
            estimate=estimate,
            estimated=estimate is not None,
        )
        assert assess(self._policy, facts).outcome is Outcome.CLEAR


class _MondayClock(SteeredClock):
    """The wall clock on the day that the texts were written for; the one that never jumps is the machine's."""

    def __init__(self) -> None:
        super().__init__()
        self.added = MONDAY - datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def _busy_policy(of: AccountRef) -> policy_cases.Policy:
    """Every limit is set, and one for a person and an account too."""
    made = policy_cases.Policy().with_setting(RuleName.DAILY_LOSS, DESK, policy_cases.limit(None, 5_000))
    for rule in (RuleName.LOSS, RuleName.BUYING_POWER, RuleName.CONCENTRATION):
        made = made.with_setting(rule, DESK, policy_cases.limit(900_000, 990_000))
    scopes = (
        Scope(ScopeKind.USER, TRADER.user_id),
        Scope(ScopeKind.ACCOUNT, f"{of.environment.value}:{of.number}"),
    )
    for scope in scopes:
        made = made.with_setting(RuleName.NOTIONAL, scope, policy_cases.limit(900_000, 990_000))
    return made
