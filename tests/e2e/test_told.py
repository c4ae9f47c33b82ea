"""What is told, where and how often, when Slack is unkind (I39 to I48) and across restarts."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.stage import Json, Stage, has_action, shown, stage

LOW = {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}
HIGH = {"symbol": "AAPL", "bid": "200.40", "ask": "200.60"}


async def _armed(desk: Stage, channel: str = "trading") -> None:
    await desk.connect("ana")
    await desk.sim("/_sim/quote", dict(LOW), side="broker")
    await desk.command("ana", "AAPL > 200", command="/alert", channel=channel)
    await desk.says("ana", "Watching", channel=channel)


def _fired(message: Json) -> bool:
    return "200.50" in shown(message) and "Watching" not in shown(message)


async def _firings(desk: Stage, channel: str = "trading", user: str = "ben") -> list[Json]:
    return [m for m in await desk.messages(user, channel) if _fired(m)]


async def test_i46_one_crossing_fires_once_and_a_second_does_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk:
        await _armed(desk)
        for quote in (HIGH, LOW, HIGH):
            await desk.sim("/_sim/quote", dict(quote), side="broker")
        await desk.until("ben", _fired, channel="trading")
        await desk.command("ana", "alerts")
        await desk.says("ana", "You have no alerts")
        assert len(await _firings(desk)) == 1


async def test_i41_a_crossing_and_back_is_told(tmp_path: Path) -> None:
    """Beyond the level and back before anybody could look; the frames were on our connection."""
    async with stage(tmp_path) as desk:
        await _armed(desk)
        # One that never fires keeps the symbol subscribed; one that fires proves that the line is up.
        await desk.command("ana", "AAPL > 9000", command="/alert", channel="trading")
        await desk.command("ana", "AAPL > 188", command="/alert", channel="trading")
        await desk.says("ana", "Watching: AAPL last above 188.00", channel="trading")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "188.20", "ask": "188.22"}, side="broker")
        await desk.until("ben", lambda m: "188.21" in shown(m), channel="trading")
        await desk.sim("/_sim/quote", dict(HIGH), side="broker")
        await desk.sim("/_sim/quote", dict(LOW), side="broker")
        both = await desk.until("ben", _fired, channel="trading")
        # I45: within the minute it stands in the message of the first; each is found, and why is told.
        assert shown(both).startswith("2 alerts ")
        await desk.command("ana", "alerts why f2")
        await desk.says("ana", "`rate`: a person is buzzed once a minute")
        await desk.press("ben", both, "alerts_all", channel="trading")
        assert "1 to 2 of 2" in str(await desk.view("ben"))


async def test_f14_a_lost_answer_to_a_post_is_repeated_and_marked(tmp_path: Path) -> None:
    """I42: at least once; the repeat says that it may be one."""
    async with stage(tmp_path) as desk:
        await _armed(desk)
        await desk.sim(
            "/_sim/fault", {"target": "chat.postMessage", "kind": "accepted-then-dropped", "count": 1}
        )
        await desk.sim("/_sim/quote", dict(HIGH), side="broker")
        await desk.until("ben", lambda m: _fired(m) and "repeat" in shown(m).lower(), channel="trading")
        assert len(await _firings(desk)) == 2


async def test_f15_a_limited_channel_delays_only_itself(tmp_path: Path) -> None:
    """I44: the direct message goes on while the channel waits for its Retry-After."""
    async with stage(tmp_path) as desk:
        await _armed(desk)
        channel = next(c["id"] for c in desk.slack.info["channels"] if c["name"] == "trading")
        await desk.sim(
            "/_sim/fault",
            {
                "target": "chat.postMessage",
                "channel": channel,
                "kind": "ratelimited",
                "count": 1,
                "retry_after": 5,
            },
        )
        await desk.sim("/_sim/quote", dict(HIGH), side="broker")
        preview = await desk.preview("ana", "order buy 1 AAPL @ 150", "Buy 1 AAPL")
        assert preview
        assert await _firings(desk) == []
        await desk.until("ben", _fired, channel="trading")


async def test_f16_an_archived_channel_moves_the_alert_to_its_owner(tmp_path: Path) -> None:
    """I48: dead-lettered there, told to the owner by another way."""
    async with stage(tmp_path) as desk:
        await _armed(desk)
        await desk.sim("/_sim/channel", {"channel": "trading", "is_archived": True})
        await desk.sim("/_sim/quote", dict(HIGH), side="broker")
        await desk.until("ana", _fired)


async def test_i48_a_dead_letter_is_seen_and_sent_again(tmp_path: Path) -> None:
    """F16: counted where people look; resent from the host through the running bot, once; audited."""
    async with stage(tmp_path) as desk:
        await _armed(desk)
        await desk.sim("/_sim/channel", {"channel": "trading", "is_archived": True})
        await desk.sim("/_sim/quote", dict(HIGH), side="broker")
        await desk.says("ana", "Your alerts come here now")
        for words in ("status", "help"):
            await desk.command("ana", words)
            await desk.says("ana", "1 message could not be delivered")
        code, listed = await desk.host("messages", "dead")
        assert code == 0
        number, _, what, _, reason = listed.strip().split("\t")
        assert (what, reason) == ("an alert", "is_archived")
        assert "undeliverable: 1" in (await desk.host("status"))[1]
        await desk.sim("/_sim/channel", {"channel": "trading", "is_archived": False})
        assert await _firings(desk) == []
        assert (await desk.host("messages", "resend", number))[0] == 0
        await desk.until("ben", _fired, channel="trading")
        assert (await desk.host("messages", "resend", number))[0] == 1
        assert (await desk.host("messages", "dead"))[1] == "no message is undeliverable\n"
        assert "message.resend" in (await desk.host("audit", "export", "--subject", number))[1]


async def test_f18_a_deleted_card_is_posted_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/quote", dict(LOW), side="broker")
        preview = await desk.preview("ana", "order buy 10 AAPL @ 187.40", "Buy 10 AAPL")
        await desk.press("ana", preview, "order_confirm")
        card = await desk.until("ana", lambda m: has_action(m, "order_cancel"))
        await desk.sim(
            "/_sim/fault",
            {"target": "chat.update", "kind": "error", "error": "message_not_found", "count": 1},
        )
        await desk.press("ana", card, "order_cancel")
        again = await desk.until(
            "ana", lambda m: "Cancelled, nothing filled" in shown(m) and m["ts"] != card["ts"]
        )
        assert shown(again).startswith("PRACTICE")


async def test_f20_a_channel_that_became_shared_gets_nothing_more(tmp_path: Path) -> None:
    """I35: the alert goes to its owner, not to the outsiders."""
    async with stage(tmp_path) as desk:
        await _armed(desk)
        await desk.sim("/_sim/channel", {"channel": "trading", "is_ext_shared": True})
        await desk.sim("/_sim/quote", dict(HIGH), side="broker")
        await desk.until("ana", _fired)
        assert await _firings(desk) == []


async def test_f22_an_outage_of_slack_loses_nothing(tmp_path: Path) -> None:
    """The order's life goes on at the broker; afterwards the card shows the newest state (I43)."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/quote", dict(LOW), side="broker")
        preview = await desk.preview("ana", "order buy 10 AAPL @ 187.40", "Buy 10 AAPL")
        for method in ("chat.update", "chat.postMessage"):
            await desk.sim("/_sim/fault", {"target": method, "kind": "status", "status": 503, "count": 3})
        await desk.press("ana", preview, "order_confirm")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.30", "ask": "187.35"}, side="broker")
        await desk.says("ana", "Filled: bought 10 AAPL", seconds=40)
        card = await desk.until(
            "ana", lambda m: m["ts"] == preview["ts"] and "Filled" in shown(m), seconds=40
        )
        assert not has_action(card, "order_confirm")
