"""Who may do what, through the front door (I27, I28, I34 to I37)."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.stage import shown, stage


async def test_i34_a_guest_can_neither_trade_nor_see(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk:
        guest = next(u["name"] for u in desk.slack.info["users"] if u["is_restricted"])
        for text in ("balances", "order buy 1 AAPL @ 1", "connect", "quote AAPL", ""):
            await desk.command(guest, text)
            await desk.says(guest, "uest")
        assert await desk.creates() == []


async def test_i35_no_account_data_in_a_channel_with_outsiders(tmp_path: Path) -> None:
    """F20: the answer goes to the person's messages, the channel gets a pointer."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        shared = next(c["id"] for c in desk.slack.info["channels"] if c["is_ext_shared"])
        await desk.command("ana", "", command="/balances", channel=shared)
        await desk.says("ana", "Net liq")
        pointer = await desk.until("ana", lambda m: "messages" in shown(m), channel=shared)
        assert "$" not in shown(pointer)


async def test_i37_a_deactivated_person_loses_the_token(tmp_path: Path) -> None:
    """F23: the sealed grant is gone within the minute of the event."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/user", {"user": "ana", "deleted": True})
        await desk.sim("/_sim/user", {"user": "ana", "deleted": False})
        await desk.command("ana", "accounts")
        await desk.says("ana", "No tastytrade account is linked")


async def test_i73_a_wrong_grant_keeps_nothing_and_says_what_is_wrong(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk:
        for changes, words in (
            ({"client_secret": "wrong"}, "client secret"),
            ({"refresh_token": "eyJ.eyJ.x"}, "refresh token"),
        ):
            await desk.command("ana", "connect")
            view = await desk.view("ana")
            answer = await desk.sim(
                "/_sim/submit", {"user": "ana", "view_id": view["id"], "state": desk.grant(0, **changes)}
            )
            assert answer["acked"], answer
            errors = str(await desk.sim("/_sim/views?user=ana"))
            assert words in errors, errors
            await desk.sim("/_sim/close", {"user": "ana", "view_id": view["id"]})
        await desk.command("ana", "accounts")
        await desk.says("ana", "No tastytrade account is linked")


async def test_f98_a_token_typed_as_text_is_not_echoed(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk:
        secret = desk.broker.info["users"][0]["refresh_token"]
        await desk.sim("/_sim/message", {"user": "ana", "channel": "@bot", "text": f"connect {secret}"})
        answer = await desk.until(
            "ana", lambda m: "revoke" in shown(m).lower() or "grant" in shown(m).lower()
        )
        assert secret[:30] not in shown(answer)
        assert secret[:30] not in desk.bot.log.decode()
