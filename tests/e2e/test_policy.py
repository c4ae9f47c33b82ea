"""The desk's limits through the front door; the judge is the broker simulator's ledger (I21, I23 to I25, I38)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

from senexbot.slack.manifest import build_manifest
from tests.e2e.stage import Stage, has_action, shown, stage


async def host(desk: Stage, *words: str) -> str:
    """The command line beside the running bot."""
    code, printed = await desk.host(*words)
    assert code == 0, printed
    return printed


def member(desk: Stage, name: str) -> str:
    return next(str(u["id"]) for u in desk.slack.info["users"] if u["name"] == name)


async def test_f93_parallel_orders_under_and_over_one_limit(tmp_path: Path) -> None:
    """I23: two previews, each under the limit; together under it both are sent, together over it one is."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
        await desk.sim("/_sim/quote", {"symbol": "MSFT", "bid": "410.00", "ask": "410.10"}, side="broker")
        await host(desk, "policy", "set", "notional", "10000")
        for symbol, pair, price, sent in (("AAPL", (20, 30), "187", 2), ("MSFT", (12, 14), "400", 1)):
            before = len(await desk.creates())
            cards = [
                await desk.preview("ana", f"order buy {n} {symbol} @ {price}", f"Buy {n} {symbol}")
                for n in pair
            ]
            assert all("rules: clear" in shown(card) for card in cards)
            await asyncio.gather(*(desk.press("ana", card, "order_confirm") for card in cards))
            for _ in range(sent):
                await desk.says("ana", f"Working: buy {pair[0] if sent == 2 else ''}".strip())
            if sent == 1:
                await desk.says("ana", "with 1 other order beside it, limit $10,000.00")
            async with asyncio.timeout(20):
                while len(await desk.creates()) < before + sent:
                    await asyncio.sleep(0)
            assert len(await desk.creates()) == before + sent
        worth = [
            Decimal(str(o["price"])) * Decimal(str(o["size"]))
            for o in await desk.orders()
            if o["underlying-symbol"] == "MSFT"
        ]
        assert sum(worth) <= 10_000


async def test_the_policy_is_read_tried_and_changed_in_slack(tmp_path: Path) -> None:
    """I38: alone at once or after 15 minutes; two persons once two hold the role, by the second's own button."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
        await desk.command("ana", "policy")
        await desk.says("ana", "Desk policy, version 0: as installed")
        await desk.command("ana", "policy set notional 1000")
        await desk.says("ana", "Only a person with the role risk may change the policy")
        await host(desk, "roles", "grant", member(desk, "ana"), "risk")
        await desk.command("ana", "policy set notional 10000")
        await desk.says("ana", "Policy changed: it holds now")
        await desk.command("ana", "policy test buy 100 AAPL @ 187.50")
        answer = await desk.says("ana", "Policy denies: buy 100 AAPL")
        assert "code limit_notional" in shown(answer)
        assert "53 or fewer would be clear" in shown(answer)
        await desk.command("ana", "order buy 100 AAPL @ 187.50")
        await desk.says("ana", "53 or fewer would pass")
        await desk.command("ana", "policy set notional 20000")
        await desk.says("ana", "loosening waits 15 minutes")
        other = next(
            str(u["name"])
            for u in desk.slack.info["users"]
            if u["name"] != "ana" and not u["is_restricted"] and not u["is_stranger"]
        )
        await host(desk, "roles", "grant", member(desk, other), "risk")
        await desk.command("ana", "policy set shares 50")
        await desk.says("ana", "a second person has to agree")
        asked = await desk.until(other, lambda m: "proposed" in shown(m) and has_action(m, "policy_agree"))
        await desk.press(other, asked, "policy_agree")
        await desk.says(other, "Policy changed: it holds now")
        assert "version 2" in await host(desk, "policy", "show")
        await desk.command("ana", "policy test buy 51 AAPL @ 187.50")
        await desk.says("ana", "50 or fewer would be clear")
        assert await desk.creates() == []


async def test_i25_a_halted_account_and_a_halted_person(tmp_path: Path) -> None:
    """Said in Slack and on the host; the button of the card lifts exactly that halt."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
        number = desk.broker.info["users"][0]["accounts"][0]
        card = await desk.preview("ana", "order buy 1 AAPL @ 187.40", "Buy 1 AAPL")
        await desk.command("ana", f"halt account {number[-5:]} margin looks odd")
        await desk.says("ana", f"account …{number[-4:]} is HALTED")
        await desk.press("ana", card, "order_confirm")
        await desk.says("ana", f"account …{number[-4:]} is halted")
        await host(desk, "roles", "grant", member(desk, "ana"), "risk")
        await desk.command("ana", "status")
        await desk.says("ana", "Desk is ACTIVE")
        await desk.command("ana", f"resume account {number[-5:]}")
        await desk.says("ana", f"account …{number[-4:]} is ACTIVE")
        await host(desk, "halt", "--user", member(desk, "ana"))
        await desk.press("ana", card, "order_confirm")
        await desk.says("ana", "this person is halted")
        await desk.sim(
            "/_sim/message",
            {"user": "ana", "channel": "@bot", "text": f"resume user <@{member(desk, 'ana')}>"},
        )
        await desk.says("ana", "is ACTIVE: orders start again")
        await desk.press("ana", card, "order_confirm")
        await desk.says("ana", "Working: buy 1 AAPL")
        assert len(await desk.creates()) == 1
        await desk.sim("/_sim/app", {"manifest": build_manifest()})
        await desk.command("ana", "user @ana left for lunch", command="/halt")  # Slack sends who that is
        await desk.says("ana", "left for lunch")


async def test_a_days_loss_turns_the_account_to_reducing_by_itself(tmp_path: Path) -> None:
    """I25: nobody presses anything; opening orders are denied, the one that closes is sent."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        number = desk.broker.info["users"][0]["accounts"][0]
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
        await desk.sim(
            "/_sim/position",
            {"account": number, "symbol": "AAPL", "quantity": "100", "average_open_price": "187.47"},
            side="broker",
        )
        await host(desk, "roles", "grant", member(desk, "ana"), "operator")
        await host(desk, "policy", "set", "daily_loss", "500")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "177.44", "ask": "177.50"}, side="broker")
        await desk.says("ana", f"account …{number[-4:]} is REDUCING by the desk's own policy", seconds=40)
        await desk.command("ana", "order buy 1 AAPL @ 177.50")
        await desk.says("ana", "is reducing: only orders that close a position start")
        card = await desk.preview("ana", "order sell 100 AAPL @ 177.40", "Sell 100 AAPL")
        await desk.press("ana", card, "order_confirm")
        await desk.says("ana", "Filled: sold 100 AAPL")
        await desk.command("ana", f"resume account {number[-5:]}")
        await desk.says("ana", "is ACTIVE: orders start again")
