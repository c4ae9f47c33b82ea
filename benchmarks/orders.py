"""An order's words read, checked and weighed by the policy, beside the broker's own dry run of it (the simulator)."""

from __future__ import annotations

import asyncio
import time
from datetime import date

from benchmarks.figures import Goal, Row, Sizes, interleaved
from senexbot.domain.checks import check_preview
from senexbot.domain.language import parse
from senexbot.domain.policy import DESK, RuleName, Scope, ScopeKind
from senexbot.domain.policy_assess import assess
from senexbot.domain.verdict import Outcome
from senexsim.broker.server import BrokerSim
from tests.broker.kit import account, simulated, terms
from tests.domain import policy_cases
from tests.domain.builders import facts

# The longest strategy, with all that can be said of it.
TEXTS = ("sell 2 SPY 18DEC26 575/580/625/630 iron condor @ 1.20 gtc tp 50% sl 2x exits gtc in 0001",)
TODAY = date(2026, 11, 23)
GOAL = Goal(0.05, at_least=False)
TODAYS = 12  # orders of the day that the limits look at, a third of them open in the same underlying


async def run(sizes: Sizes) -> list[Row]:
    times, runs = sizes.of(100, 2), sizes.of(3, 1)
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
        began = time.perf_counter()
        for _ in range(times):
            for text in TEXTS:
                parse(text, TODAY)
                assert not check_preview(checked).denials
                assert assess(policy, weighed).outcome is Outcome.CLEAR
        return (time.perf_counter() - began) / (times * len(TEXTS)) * 1e3

    async with BrokerSim(port=0, seed=1) as sim:
        number = sim.info["users"][0]["accounts"][0]
        async with simulated(sim) as broker:
            body = broker.desk.compose(terms(number=number), "sx1-p-bench")

            async def dry_run() -> float:
                await asyncio.sleep(sizes.of(1, 0))  # else our own pacing of requests is what is measured
                began = time.perf_counter()
                for _ in range(runs):
                    await broker.desk.dry_run(account(number), body)
                return (time.perf_counter() - began) / runs * 1e3

            await dry_run()  # the session's token is no part of it
            figures = await interleaved(sizes.rounds, ours, dry_run, "ms")
    return [Row("the longest strategy's words read, checked and weighed", *figures, "broker's dry run", GOAL)]


def _busy_policy() -> policy_cases.Policy:
    """Every limit is set, and one for a person and an account too."""
    made = policy_cases.Policy().with_setting(RuleName.DAILY_LOSS, DESK, policy_cases.limit(None, 5_000))
    for rule in (RuleName.LOSS, RuleName.BUYING_POWER, RuleName.CONCENTRATION):
        made = made.with_setting(rule, DESK, policy_cases.limit(900_000, 990_000))
    for scope in (Scope(ScopeKind.USER, "U1"), Scope(ScopeKind.ACCOUNT, "practice:5WT00001")):
        made = made.with_setting(RuleName.NOTIONAL, scope, policy_cases.limit(900_000, 990_000))
    return made
