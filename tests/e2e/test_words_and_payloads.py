"""Neither words nor the fields of a payload carry authority (I27, I30, I33 to I35, I73)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlencode

import pytest
import pytest_asyncio

from tests.e2e.stage import Json, Stage, has_action, shown, stage
from tests.e2e.wire import handle_of, order_command, press, send, sent, signed, submitted, user

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("words"), http_mode=True) as opened:
        await opened.sim(
            "/_sim/fault", {"target": "ratelimit", "kind": "off"}
        )  # much is said here in a second
        await opened.connect("ana")
        await opened.connect("ben", customer=1)
        await opened.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
        yield opened


async def heard(desk: Stage, user_name: str, text: str, channel: str = "@bot") -> None:
    """Said, and answered: what it was to change would have changed by now."""
    before = {(m["ts"], m["seq"]) for m in await desk.messages(user_name, channel)}
    await desk.sim("/_sim/message", {"user": user_name, "channel": channel, "text": text})
    await desk.until(
        user_name,
        lambda m: (m["ts"], m["seq"]) not in before and m["user"] != user(desk, user_name)["id"],
        channel=channel,
    )


async def event(desk: Stage, number: str, **fields: object) -> None:
    """A message event in ana's direct message with the bot, as Slack signs it."""
    channel = next(
        c["id"]
        for c in desk.slack.info["channels"]
        if c["is_im"] and c.get("user") == user(desk, "ana")["id"]
    )
    plain = {"type": "message", "channel": channel, "channel_type": "im", "ts": "1.1", **fields}
    body = json.dumps({"type": "event_callback", "event_id": f"Ev-{number}", "event": plain})
    assert await send(desk, body, {**signed(desk, body), "Content-Type": "application/json"}) == 200


async def test_i27_no_text_confirms_discards_or_cancels(desk: Stage) -> None:
    """Words, the handle itself, a whole payload, a mention; nor what others, bots and edits say."""
    before = len(await desk.creates())
    working = await desk.preview("ana", "order buy 11 AAPL @ 150", "Buy 11 AAPL")
    await desk.press("ana", working, "order_confirm")
    working = await desk.until("ana", lambda m: m["ts"] == working["ts"] and has_action(m, "order_cancel"))
    preview = await desk.preview("ana", "order buy 12 AAPL @ 150", "Buy 12 AAPL")
    handle = handle_of(preview)
    payload = parse_qs(press(desk, "ana", handle, trigger="t-text"))["payload"][0]
    for text in (
        "confirm",
        "Confirm buy 12 AAPL @ 150",
        "yes, send it",
        "discard",
        "cancel",
        handle,
        f"confirm {handle}",
        f"order_confirm {handle}",
        payload[:1500],
        "<@U0BOT> confirm",
    ):
        await heard(desk, "ana", text)
    for text in ("confirm", f"confirm {handle}", "cancel"):
        await heard(desk, "ana", f"@senex {text}", channel="trading")
        await heard(desk, "ben", text)
    for number, fields in enumerate(
        (
            {"user": user(desk, "ana")["id"], "bot_id": "B0OTHER", "text": "halt"},
            {"user": user(desk, "ana")["id"], "subtype": "bot_message", "text": "halt"},
            {"subtype": "message_changed", "message": {"user": user(desk, "ana")["id"], "text": "halt"}},
            {"user": user(desk, "ana")["id"], "subtype": "me_message", "text": "halt"},
            {"text": "halt"},
        )
    ):
        await event(desk, f"i27-{number}", **fields)
    await desk.preview("ana", "order buy 18 AAPL @ 150", "Buy 18 AAPL")  # what was said before is done by now
    assert not any("HALTED" in shown(m) for m in await desk.messages("ana"))
    now = {m["ts"]: m for m in await desk.messages("ana")}
    assert has_action(now[preview["ts"]], "order_confirm")
    assert has_action(now[working["ts"]], "order_cancel")
    assert len(await desk.creates()) == before + 1


def leaves(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    some = False
    for key, child in children:
        some = True
        yield from leaves(child, (*path, key))
    if not some:
        yield path


def put(payload: Json, path: tuple[str | int, ...], value: object) -> None:
    node: object = payload
    for key in path[:-1]:
        node = node[key]  # type: ignore[index]
    node[path[-1]] = value  # type: ignore[index]


def payload_of(desk: Stage, message: Json, trigger: str) -> Json:
    """A press of Confirm as Slack sends it from a direct message, with the message and its state."""
    payload: Json = json.loads(
        parse_qs(press(desk, "ana", handle_of(message), trigger=trigger))["payload"][0]
    )
    channel = next(
        c["id"]
        for c in desk.slack.info["channels"]
        if c["is_im"] and c.get("user") == user(desk, "ana")["id"]
    )
    return payload | {
        "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel},
        "channel": {"id": channel, "name": "directmessage"},
        "message": {"ts": message["ts"], "text": message["text"], "blocks": message["blocks"], "user": "U0B"},
        "state": {"values": {"order": {"quantity": {"type": "plain_text_input", "value": "1"}}}},
        "is_enterprise_install": False,
        "token": "verification",
    }


# Who presses which button, and what tells one press from the next. All else must not matter.
NAMED = {
    ("type",),
    ("user", "id"),
    ("trigger_id",),
    ("actions", 0, "type"),
    ("actions", 0, "action_id"),
    ("actions", 0, "value"),
    ("actions", 0, "action_ts"),
}


def is_shaped(path: tuple[str | int, ...]) -> bool:
    """Whose kind is looked at before anything is read: what is neither text nor absent there is refused whole."""
    return path[-1] in {"id", "team_id", "channel_id"} or path in {("enterprise",), ("api_app_id",)}


@pytest.mark.parametrize("nonsense", ["sell 99999 TSLA", "<!channel>", 7, None, {"quantity": 99999}])
async def test_i30_no_other_field_of_a_click_changes_what_it_does(desk: Stage, nonsense: object) -> None:
    """Every field but who, which button and which handle is nonsense at once: the stored order is sent, once."""
    before = len(await desk.creates())
    kind = type(nonsense).__name__
    preview = await desk.preview("ana", "order buy 13 AAPL @ 150", "Buy 13 AAPL")
    payload = payload_of(desk, preview, f"t-{kind}-{nonsense}"[:30])
    wrong_kind = not isinstance(nonsense, str | None)
    for path in list(leaves(payload)):
        if wrong_kind and is_shaped(path):
            continue
        # Bolt itself reads a workspace from these, and an address must be one to be refused.
        if path not in NAMED and path[0] not in {"team", "response_url"} and path != ("user", "team_id"):
            put(payload, path, nonsense)
    payload["response_url"] = "http://127.0.0.1:9/none"
    payload["team"] = {"id": "T0OTHER", "domain": "sell 99999 TSLA"}
    body = urlencode({"payload": json.dumps(payload)})
    assert await send(desk, body, signed(desk, body)) == 200
    card = await desk.until("ana", lambda m: m["ts"] == preview["ts"] and has_action(m, "order_cancel"))
    (created,) = (await desk.creates())[before:]
    legs = created["body"]["legs"]
    assert [(leg["symbol"], int(leg["quantity"]), leg["action"]) for leg in legs] == [
        ("AAPL", 13, "Buy to Open")
    ]
    assert str(created["body"]["price"]).startswith("150")
    await desk.press("ana", card, "order_cancel")
    await desk.until("ana", lambda m: m["ts"] == preview["ts"] and "Cancelled" in shown(m))


async def test_i30_i28_a_changed_handle_person_or_button_sends_nothing(desk: Stage) -> None:
    """I30, I28: pieces of the handle, terms in its place, another's, an old version's; another's hand."""
    before = len(await desk.creates())
    mine = await desk.preview("ana", "order buy 14 AAPL @ 150", "Buy 14 AAPL")
    old = handle_of(mine)
    await desk.press("ana", mine, "order_step_up")
    mine = await desk.until("ana", lambda m: m["ts"] == mine["ts"] and "limit 150.01" in shown(m))
    his = await desk.preview("ben", "order buy 15 AAPL @ 150", "Buy 15 AAPL")
    handle, alien = handle_of(mine), handle_of(his)
    assert handle != old
    flipped = handle[:-1] + ("A" if handle[-1] != "A" else "B")
    values = [
        "",
        handle[:-1],
        handle + "A",
        f" {handle}",
        flipped,
        handle.swapcase(),
        alien,
        old,
        "intent1",
        "buy 99 AAPL @ 1",
        json.dumps({"handle": handle, "quantity": 99}),
        "x" * 2000,
    ]
    cases = [("ana", value, "order_confirm") for value in values]
    cases += [(other, handle, "order_confirm") for other in ("ben", "cara")]
    cases += [
        ("ana", handle, action)
        for action in ("order_cancel", "order_close", "order_on_it", "order_look", "external_cancel", "say#0")
    ]
    cases += [("ana", handle, action) for action in ("rule_fire", "link_erase", "desk_resume", "no_such", "")]
    for number, (name, value, action) in enumerate(cases):
        body = press(desk, name, value, trigger=f"t-i30-{number}", action=action)
        assert await send(desk, body, signed(desk, body)) in {200, 400, 404}
    later = await desk.preview("ana", "order buy 19 AAPL @ 150", "Buy 19 AAPL")
    await desk.press("ana", later, "order_confirm")  # what was pressed before is done by now
    await desk.until("ana", lambda m: m["ts"] == later["ts"] and has_action(m, "order_cancel"))
    assert len(await desk.creates()) == before + 1
    for name, preview in (("ana", mine), ("ben", his)):
        now = {m["ts"]: m for m in await desk.messages(name)}
        assert has_action(now[preview["ts"]], "order_confirm")
        await desk.press(name, preview, "order_discard")


async def test_i33_the_same_bytes_after_a_restart_change_nothing(desk: Stage) -> None:
    """F2, F4: a command, a press and an event, captured and sent again to the bot that was killed and started."""
    before = len(await desk.creates())
    command = order_command(desk, "buy 16 AAPL @ 150", trigger="t-restart")
    assert await send(desk, command, headers := signed(desk, command)) == 200
    preview = await desk.until("ana", lambda m: "Buy 16 AAPL" in shown(m) and has_action(m, "order_confirm"))
    click = press(desk, "ana", handle_of(preview), trigger="t-restart-press")
    assert await send(desk, click, clicked := signed(desk, click)) == 200
    await desk.until("ana", lambda m: m["ts"] == preview["ts"] and has_action(m, "order_cancel"))
    said = {"user": user(desk, "ana")["id"], "text": "alert AAPL &gt; 777"}
    await event(desk, "restart", **said)
    await desk.until("ana", lambda m: "777" in shown(m) and "Watching" in shown(m))
    await desk.bot.kill()
    await desk.bot.start()
    await desk.sim("/_sim/app", {"request_url": desk.bot.ready["url"]})
    for _ in range(2):
        assert await send(desk, command, headers) == 200
        assert await send(desk, click, clicked) == 200
        await event(desk, "restart", **said)
    await desk.preview("ana", "order buy 17 AAPL @ 150", "Buy 17 AAPL")  # what was sent before is done by now
    seen = [shown(m) for m in await desk.messages("ana")]
    assert sum("777" in text and "Watching" in text for text in seen) == 1
    assert sum("16 AAPL" in text and "Confirm" in text for text in seen) == 0
    assert len(await desk.creates()) == before + 1


async def test_i73_a_link_request_is_used_once_by_who_asked(desk: Stage) -> None:
    """And I34: not by a guest, not by somebody from elsewhere, whatever form they send."""
    guest = next(u["name"] for u in desk.slack.info["users"] if u["is_restricted"])
    outsider = await an_outsider(desk)
    await desk.command("cara", "connect")
    request = (await desk.view("cara"))["private_metadata"]
    grant = desk.grant(2)
    for name, words in ((guest, "uest"), (outsider, "own workspace"), ("ben", "somebody else")):
        body = submitted(desk, name, request, grant)
        status, answer = await sent(desk, body, signed(desk, body))
        assert status == 200
        assert words in answer, (name, answer)
    for changed in ("", "no-such-request", handle_like(request)):
        body = submitted(desk, "cara", changed, grant)
        assert "not known here" in (await sent(desk, body, signed(desk, body)))[1]
    body = submitted(desk, "cara", request, grant)
    assert '"clear"' in (await sent(desk, body, signed(desk, body)))[1]
    await desk.says("cara", "Linked")
    other = submitted(desk, "cara", request, desk.grant(1))
    for again in (body, other):
        assert "used already" in (await sent(desk, again, signed(desk, again)))[1]
    assert sum("· Linked" in shown(m) for m in await desk.messages("cara")) == 1


async def an_outsider(desk: Stage) -> str:
    """Somebody from another workspace who is in a channel shared with this one."""
    await desk.sim("/_sim/user", {"create": "olga"})
    await desk.sim("/_sim/user", {"user": "olga", "is_stranger": True})
    shared = next(c["id"] for c in desk.slack.info["channels"] if c["is_ext_shared"])
    await desk.sim("/_sim/channel", {"channel": shared, "invite": "olga"})
    return "olga"


def handle_like(request: str) -> str:
    return request[:-1] + ("A" if request[-1] != "A" else "B")


async def test_i34_i35_the_home_of_guests_and_outsiders_shows_no_account(desk: Stage) -> None:
    """Also to a member who becomes a guest: what the tab showed before goes."""
    await desk.sim("/_sim/home", {"user": "ben"})
    assert "…" in await home_of(desk, "ben", "PRACTICE")
    guest = next(u["name"] for u in desk.slack.info["users"] if u["is_restricted"])
    await desk.sim("/_sim/home", {"user": guest})
    text = await home_of(desk, guest, "uests need a role")
    assert "button" not in text
    await desk.sim("/_sim/user", {"user": "ben", "is_restricted": True})
    await desk.sim("/_sim/home", {"user": "ben"})
    text = await home_of(desk, "ben", "uests need a role")
    assert "PRACTICE" not in text
    await desk.sim("/_sim/user", {"user": "ben", "is_restricted": False})
    await desk.sim("/_sim/home", {"user": "ben"})
    await home_of(desk, "ben", "PRACTICE")


async def home_of(desk: Stage, name: str, words: str) -> str:
    async with asyncio.timeout(20):
        while words not in (
            text := json.dumps((await desk.sim(f"/_sim/home?user={name}"))["view"], ensure_ascii=False)
        ):
            await asyncio.sleep(0)
    return text


async def test_i34_i35_in_a_shared_channel_nobody_from_outside_links_or_sees(desk: Stage) -> None:
    shared = next(c["id"] for c in desk.slack.info["channels"] if c["is_ext_shared"])
    outsider = await an_outsider(desk)
    refused: set[str] = set()
    for text in ("connect", "accounts", "balances", "disconnect", "order buy 1 AAPL @ 1"):
        await desk.command(outsider, text, channel=shared)
        no = await desk.until(
            outsider,
            lambda m, before=frozenset(refused): m["ts"] not in before and "own workspace" in shown(m),
            channel=shared,
        )
        refused.add(no["ts"])
    assert (await desk.sim(f"/_sim/views?user={outsider}"))["views"] == []
    for text in ("accounts", "disconnect"):
        await desk.command("ana", text, channel=shared)
        await desk.until("ana", lambda m, t=text: t in shown(m).lower(), channel=shared)
    everybody = [shown(m) for who in ("ana", outsider) for m in await desk.messages(who, shared)]
    assert not any("…0" in text or "$" in text for text in everybody)
