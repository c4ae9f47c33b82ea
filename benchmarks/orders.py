"""An order's words read, checked and weighed by the policy, beside the broker's own dry run of it (the simulator).

Both in this process's processor time: of the dry run that is the SDK's side, the socket and the simulator, and less
than it takes by the clock. What else the machine does falls on neither.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import cycle

from benchmarks.figures import Goal, Row, Sizes, interleaved
from senexbot.domain.checks import check_preview
from senexbot.domain.language import parse
from senexbot.domain.policy import DESK, RuleName, Scope, ScopeKind
from senexbot.domain.policy_assess import assess
from senexbot.domain.verdict import Outcome
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.resolving import Resolving
from senexsim.broker.server import BrokerSim
from tests.broker.kit import SteeredClock, account, control, simulated
from tests.domain import policy_cases
from tests.domain.builders import facts

# The longest strategy, with all that can be said of it.
TEXTS = ("sell 2 SPY 18DEC26 575/580/625/630 iron condor @ 1.20 gtc tp 50% sl 2x exits gtc in 0001",)
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
GOAL = Goal(0.05, at_least=False)
TODAYS = 12  # orders of the day that the limits look at, a third of them open in the same underlying
LINKS = 8  # by turns, for each has a pace of its own, which is not what is measured


async def run(sizes: Sizes) -> list[Row]:
    times, runs = sizes.of(100, 2), sizes.of(20, 1)
    checked = facts()
    policy, weighed = (
        _busy_policy(),
        policy_cases.facts(
            ours=tuple(
                policy_cases.held(n, ago=120 + n, underlying="SPY" if n % 3 else "AAPL")
                for n in range(TODAYS)
            ),
            positions=tuple(policy_cases.position(f"P{n}", underlying=f"P{n}") for n in range(TODAYS)),
            estimate=policy_cases.estimate(),
            estimated=True,
        ),
    )

    async def ours() -> float:
        began = time.process_time()
        for _ in range(times):
            for text in TEXTS:
                parse(text, TODAY)
                assert not check_preview(checked).denials
                assert assess(policy, weighed).outcome is Outcome.CLEAR
        return (time.process_time() - began) / (times * len(TEXTS)) * 1e3

    clock = _MondayClock()
    async with BrokerSim(port=0, seed=1) as sim:
        await control(sim, "clock", {"now": MONDAY.isoformat()})
        number = sim.info["users"][0]["accounts"][0]
        async with simulated(sim, clock=clock, links=LINKS) as broker:
            resolving = Resolving(reads=broker.reads, clock=clock, exchange_zone=EXCHANGE_ZONE)
            (found,), _ = await resolving.resolve(account(number), parse(TEXTS[0], TODAY))
            body = broker.desk.compose(found.terms, "sx1-p-bench")
            assert len(json.loads(body)["orders"]) == 2  # the entry's exits go with it
            turns = cycle(replace(account(number), link_id=f"l{n}") for n in range(1, LINKS + 1))

            async def dry_run() -> float:
                began = time.process_time()
                for _ in range(runs):
                    await broker.desk.dry_run(next(turns), body)
                return (time.process_time() - began) / runs * 1e3

            for _ in range(LINKS):  # the sessions' tokens are no part of it
                await broker.desk.dry_run(next(turns), body)
            figures = await interleaved(sizes.rounds, ours, dry_run, "ms")
    return [Row("the longest strategy's words read, checked and weighed", *figures, "broker's dry run", GOAL)]


class _MondayClock(SteeredClock):
    """The wall clock on the day that the texts were written for; the one that never jumps is the machine's."""

    def __init__(self) -> None:
        super().__init__()
        self.added = MONDAY - datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def _busy_policy() -> policy_cases.Policy:
    """Every limit is set, and one for a person and an account too."""
    made = policy_cases.Policy().with_setting(RuleName.DAILY_LOSS, DESK, policy_cases.limit(None, 5_000))
    for rule in (RuleName.LOSS, RuleName.BUYING_POWER, RuleName.CONCENTRATION):
        made = made.with_setting(rule, DESK, policy_cases.limit(900_000, 990_000))
    for scope in (Scope(ScopeKind.USER, "U1"), Scope(ScopeKind.ACCOUNT, "practice:5WT00001")):
        made = made.with_setting(RuleName.NOTIONAL, scope, policy_cases.limit(900_000, 990_000))
    return made
