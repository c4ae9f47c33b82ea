"""The newest state of a card is what stays, whatever arrives late (I43, F17): two relays, one Slack."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from senexbot.domain.approval.approvals import ApprovalRequest, Asked, Question, RequestState
from senexbot.domain.errors import Uncertain
from senexbot.domain.news import CardNews
from senexbot.domain.orders.intents import IntentState
from senexbot.ports import CardPlace, Outgoing
from senexbot.services.news.outbox import Relay
from senexbot.services.news.telling import tell_approvers
from senexbot.slack.messenger import SlackMessenger, http_session, web_client
from senexbot.store.engine import SqlStore
from senexsim.slack.server import SlackSim
from tests.blocks.approval_cases import request
from tests.domain.builders import ACCOUNT, actor, after, terms
from tests.services.house import RULES, House

Json = dict[str, Any]
TAKEN_OVER = 61  # a claim lasts a minute
PATIENCE = 20


@dataclass
class TwoRelays:
    """Two processes' relays on one database, and the person's direct message at the simulator."""

    house: House
    slack: SlackSim
    http: aiohttp.ClientSession
    ana: str
    relays: tuple[Relay, Relay]

    async def sim(self, path: str, body: Json | None = None) -> Json:
        url = f"{self.slack.info['page_url'].rstrip('/')}{path}"
        async with self.http.request("GET" if body is None else "POST", url, json=body) as answer:
            told: Json = await answer.json()
            return told

    async def until(self, wanted: Callable[[list[Json]], bool]) -> list[Json]:
        """What the person sees there, as soon as it fits."""
        known: dict[str, Json] = {}
        since = 0
        async with asyncio.timeout(PATIENCE):
            while True:
                path = f"/_sim/messages?channel=@bot&user=ana&since_seq={since}&wait_ms=2000"
                for message in (await self.sim(path))["messages"]:
                    known[message["ts"]] = message
                    since = max(since, int(message["seq"]))
                if wanted(list(known.values())):
                    return list(known.values())

    async def change(self, state: IntentState) -> None:
        """The order moves on; its card is to show it."""
        await move_on(self.house, state, to_user=self.ana)

    async def hold(self, method: str) -> None:
        """The next such call waits at Slack until `release`."""
        await self.sim("/_sim/fault", {"target": method, "kind": "freeze", "count": 1})

    async def release(self) -> None:
        url = f"{self.slack.info['page_url'].rstrip('/')}/_sim/fault"
        async with self.http.delete(url) as answer:
            assert answer.status == 200

    async def asked(self, method: str) -> None:
        """Until such a call has reached Slack and waits there."""
        async with asyncio.timeout(PATIENCE):
            while not any(
                call["method"] == method and call["status"] is None
                for call in (await self.sim("/_sim/calls"))["calls"]
            ):
                await asyncio.sleep(0)


async def move_on(house: House, state: IntentState, *, to_user: str = "U1") -> None:
    async with house.sql.begin() as tx:
        intent = await tx.intents.get("intent1")
        assert intent is not None
        moved = replace(intent, state=state, version=intent.version + 1)
        await tx.intents.save(moved)
        news = CardNews(moved.id)
        await tx.outbox.put(
            Outgoing("card:intent1", news, f"card:{moved.version}", to_user=to_user, collapse="card")
        )


@asynccontextmanager
async def two_relays(house: House) -> AsyncIterator[TwoRelays]:
    """The card of one order stands in ana's messages."""
    async with SlackSim() as slack, http_session() as session, aiohttp.ClientSession() as http:
        ana = next(user["id"] for user in slack.info["users"] if user["name"] == "ana")
        client = web_client(slack.info["bot_token"], base_url=slack.info["api_url"], session=session)
        stores: tuple[SqlStore, SqlStore] = (
            (house.sql, house.sql)
            if house.home.on_sqlite
            else (house.sql, await house.home.open(generation="build", box=None))
        )
        one, other = (
            Relay(
                store=store,
                messenger=SlackMessenger(client=client, clock=house.clock, team_id="T1"),
                clock=house.clock,
                rules=RULES,
                owner=name,
            )
            for store, name in zip(stores, ("one", "other"), strict=True)
        )
        bench = TwoRelays(house, slack, http, ana, (one, other))
        await house.link(id="link2", user_id=ana)
        hers = terms(account=replace(ACCOUNT, link_id="link2"))
        await house.put(owner=ana, state=IntentState.CLAIMED, terms=hers)
        async with house.sql.begin() as tx:
            await tx.outbox.put(Outgoing("card:intent1", CardNews("intent1"), "card:1", to_user=ana))
        await tell(one)
        await bench.until(lambda messages: any(shows(m, 1) for m in messages))
        yield bench


async def tell(relay: Relay) -> None:
    while await relay.drain():
        await relay.settle()


def shows(message: Json, version: int) -> bool:
    return f'"order.v{version}' in json.dumps(message["blocks"])


def all_show(version: int) -> Callable[[list[Json]], bool]:
    return lambda messages: bool(messages) and all(shows(m, version) for m in messages)


def versions(message: Json) -> list[int]:
    """What the card has shown, in order."""
    return [next(n for n in range(1, 9) if shows(past, n)) for past in message["versions"]]


async def _frozen_then_back(desk: TwoRelays) -> None:
    """One is frozen in the middle of an edit; the other takes over and shows the newest; then the old one lands."""
    one, other = desk.relays
    await desk.change(IntentState.UNKNOWN)
    await desk.hold("chat.update")
    assert await one.drain() == 1
    await desk.asked("chat.update")
    await desk.change(IntentState.WORKING)
    desk.house.clock.advance(TAKEN_OVER)
    await tell(other)
    await desk.until(all_show(3))
    await desk.release()
    await one.settle()
    (card,) = await desk.until(all_show(2))
    assert versions(card)[-2:] == [3, 2]  # that is what has to be mended


async def test_i43_f17_a_frozen_relay_that_comes_back_has_the_card_shown_again(any_house: House) -> None:
    """At once, without waiting for the order's next change."""
    async with two_relays(any_house) as desk:
        await _frozen_then_back(desk)
        await tell(desk.relays[1])
        (card,) = await desk.until(all_show(3))
        assert versions(card) == [1, 3, 2, 3]


async def test_i43_f17_a_relay_killed_in_an_edit_is_made_up_for_by_the_next(any_house: House) -> None:
    """Nobody comes back to tell: who took over shows the card again when no request can be on its way any more."""
    async with two_relays(any_house) as desk:
        one, other = desk.relays
        await desk.change(IntentState.UNKNOWN)
        await desk.hold("chat.update")
        assert await one.drain() == 1
        await desk.asked("chat.update")
        for task in one._tasks:
            task.cancel()
        await one.settle()
        await desk.change(IntentState.WORKING)
        async with any_house.sql.begin() as tx:
            await tx.outbox.lapse_claims(any_house.clock.now())  # as a start on SQLite does, at once
        await tell(other)
        await desk.release()
        (card,) = await desk.until(lambda messages: len(messages[0]["versions"]) == 3)
        assert versions(card)[-2:] == [3, 2]
        any_house.clock.advance(29)
        await tell(other)
        assert versions((await desk.until(all_show(2)))[0])[-1] == 2
        any_house.clock.advance(1)
        await tell(other)
        await desk.until(all_show(3))


async def test_i43_an_edit_without_an_answer_is_made_up_for_twice(house: House) -> None:
    """After as long as our own call may last, and as long as the kernel may hold its bytes; then it is over."""
    await house.put(state=IntentState.CLAIMED)
    async with house.sql.begin() as tx:
        await tx.cards.put("intent1", CardPlace("DU1", "1.0", 1))
    await move_on(house, IntentState.UNKNOWN)
    house.slack.faults["update"] = [Uncertain("lost")]
    edits = []
    for seconds in (0, 2, 28, 2, 900, 60, 3600):
        house.clock.advance(seconds)
        await house.relayed()
        edits.append(len(house.slack.updated))
    assert edits == [0, 1, 1, 2, 2, 3, 3]
    assert house.slack.posted == []
    async with house.sql.read() as tx:
        assert await tx.outbox.depth() == 0


async def test_i43_a_message_that_is_handed_on_is_looked_at_again(house: House) -> None:
    """Whoever edited the old card may have been killed, and its edit be on its way still."""
    await house.put(state=IntentState.LAPSED)
    async with house.sql.begin() as tx:
        await tx.cards.put("intent1", CardPlace("DU1", "1.0", 1))
    await house.previews.again(actor(), "h1")
    edits = []
    for seconds in (0, 29, 1):
        house.clock.advance(seconds)
        await house.relayed()
        edits.append(len(house.slack.updated))
    assert edits == [1, 1, 2]


async def test_i43_an_edit_of_the_old_card_does_not_stay_on_the_next_preview(any_house: House) -> None:
    """Previewed again while the edit that says "ended" is on its way: the message is the new preview's."""
    async with two_relays(any_house) as desk:
        one, other = desk.relays
        await desk.change(IntentState.LAPSED)
        await desk.hold("chat.update")
        assert await one.drain() == 1
        await desk.asked("chat.update")
        again = await any_house.previews.again(actor(user_id=desk.ana), "h1")
        await tell(other)
        await desk.until(lambda messages: "order_confirm" in json.dumps(messages[0]["blocks"]))
        await desk.release()
        await one.settle()
        await desk.until(all_show(2))
        await tell(other)
        (card,) = await desk.until(lambda messages: "order_confirm" in json.dumps(messages[0]["blocks"]))
        assert again.handle in json.dumps(card["blocks"])
        async with any_house.sql.read() as tx:
            assert await tx.cards.place("intent1") is None


async def test_i43_a_second_copy_of_a_card_says_that_it_is_one(any_house: House) -> None:
    """Frozen while posting the card for the first time: there are two, and only one is kept up to date."""
    async with two_relays(any_house) as desk:
        one, other = desk.relays
        await any_house.put(2, owner=desk.ana, state=IntentState.CLAIMED, expires_at=after(120))
        async with any_house.sql.begin() as tx:
            news = CardNews("intent2")
            await tx.outbox.put(Outgoing("card:intent2", news, "second", to_user=desk.ana))
        await desk.hold("chat.postMessage")
        assert await one.drain() == 1
        await desk.asked("chat.postMessage")
        any_house.clock.advance(TAKEN_OVER)
        await tell(other)
        async with any_house.sql.read() as tx:
            kept = await tx.cards.place("intent2")
        await desk.release()
        await one.settle()
        messages = await desk.until(lambda messages: len(messages) == 3)
        async with any_house.sql.read() as tx:
            assert await tx.cards.place("intent2") == kept
        assert kept is not None
        (copy,) = [m for m in messages if m["ts"] not in {kept.ts, messages[0]["ts"]}]
        (copy,) = [
            m
            for m in await desk.until(
                lambda now: any(m["ts"] == copy["ts"] and "Not kept up to date" in m["text"] for m in now)
            )
            if m["ts"] == copy["ts"]
        ]
        assert copy["text"].startswith("PRACTICE")
        assert "button" not in json.dumps(copy["blocks"])


async def test_i43_a_late_edit_does_not_stay_on_an_approvers_message(any_house: House) -> None:
    """It would show buttons on what is over. The same relay freezes, and comes back."""
    async with two_relays(any_house) as desk:
        one, other = desk.relays
        first = replace(request(), intent_id="intent1", asked=(Asked(desk.ana, "h9"),))
        halfway = replace(first, version=2, questions=(Question(desk.ana, "Why now?"),))
        over = replace(halfway, version=3, state=RequestState.EXPIRED, ended_at=any_house.clock.now())

        async def tell_ana(now: ApprovalRequest) -> None:
            async with any_house.sql.begin() as tx:
                await (tx.approvals.add if now.version == 1 else tx.approvals.save)(now)
                await tell_approvers(tx, now)

        def hers(messages: list[Json]) -> Json:
            return next(m for m in messages if "asked of you" in m["versions"][0]["text"])

        def says(words: str) -> Callable[[list[Json]], bool]:
            return lambda messages: words in json.dumps(hers(messages)["blocks"])

        await tell_ana(first)
        await tell(one)
        await desk.until(lambda messages: len(messages) == 2)
        await tell_ana(halfway)
        await desk.hold("chat.update")
        assert await one.drain() == 1
        await desk.asked("chat.update")
        await tell_ana(over)
        any_house.clock.advance(TAKEN_OVER)
        await tell(other)
        await desk.until(says("Declined itself"))
        await desk.release()
        await one.settle()
        assert "approval_approve" in json.dumps(hers(await desk.until(says("Why now?")))["blocks"])
        await tell(other)
        message = hers(await desk.until(says("Declined itself")))
        assert len(message["versions"]) == 4
        assert "approval_approve" not in json.dumps(message["blocks"])
