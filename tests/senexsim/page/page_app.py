"""A small real Bolt app in Socket Mode that shows every kind of block, modals, ephemerals, threads and a Home tab."""

import asyncio
import re
from typing import Any, Self

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from senexsim.slack import SlackSim

Json = dict[str, Any]

HOSTILE = '<img src=x onerror="window.hurt=1"> <script>window.hurt=1</script>'
GRANTS = [
    {
        "user": "ana",
        "name": "Ana",
        "provider_secret": "9b0c3a77f0d94e0e8e0a5c2f4d1b6a88",
        "refresh_token": f"eyJhbGciOiJSUzI1NiJ9.{'x' * 160}",
        "accounts": ["5WT00001", "5WT00002"],
    },
    {
        "user": "ben",
        "name": "Ben",
        "provider_secret": "aa0c3a77",
        "refresh_token": "eyJb",
        "accounts": ["5WT00003"],
    },
]
COMMANDS = [
    ("/gallery", "One of every block", ""),
    ("/card", "An order card", "buy 100 AAPL @ 187.50 [gtc]"),
    ("/form", "Open a window", ""),
    ("/extremes", "The longest of everything", ""),
    ("/whisper", "Answer only you", "words"),
    ("/silent", "Never answers", ""),
]
MANIFEST: Json = {
    "display_information": {"name": "senex"},
    "features": {
        "bot_user": {"display_name": "senex", "always_online": True},
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "slash_commands": [
            {"command": command, "description": about} | ({"usage_hint": usage} if usage else {})
            for command, about, usage in COMMANDS
        ],
        "shortcuts": [
            {
                "name": "New order",
                "type": "global",
                "callback_id": "new_order",
                "description": "Open the ticket",
            },
            {
                "name": "Explain",
                "type": "message",
                "callback_id": "explain",
                "description": "What happened here",
            },
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "commands",
                "chat:write",
                "im:write",
                "im:history",
                "users:read",
                "app_mentions:read",
                "files:write",
            ]
        }
    },
    "settings": {
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {"bot_events": ["app_home_opened", "message.im", "app_mention"]},
        "socket_mode_enabled": True,
    },
}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": action_id, **more}


def option(text: str, value: str, **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def cells(*texts: str) -> list[Json]:
    return [{"type": "raw_text", "text": text} for text in texts]


SIDES = [option("Buy", "buy"), option("Sell", "sell")]


def card(title: str) -> list[Json]:
    confirm = {
        "title": plain("Send this order?"),
        "text": mrkdwn("*Buy 100 AAPL* at 187.50"),
        "confirm": plain("Send"),
        "deny": plain("Not yet"),
    }
    lines = f"*{title}*\nCost $18,750.00 + $0.08 fees · cash $42,310.00 → $23,559.92\nRules: clear"
    return [
        {"type": "section", "block_id": "words", "text": mrkdwn(lines)},
        {
            "type": "actions",
            "block_id": "row",
            "elements": [
                button("Confirm", "go", style="primary"),
                button("187.49", "down"),
                button("Ask first", "ask", confirm=confirm),
                button("Never answered", "silent"),
                button("Discard", "discard", style="danger"),
            ],
        },
    ]


def gallery() -> list[Json]:
    bold = {"type": "text", "text": f"Literal {HOSTILE} *not bold*", "style": {"bold": True}}
    bullets = [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": word}]}
        for word in ("first", "second")
    ]
    columns = [{"align": "left"}, *({"align": "right"} for _ in range(4))]
    return [
        {"type": "header", "block_id": "h", "text": plain("Positions :chart_with_upwards_trend:")},
        {
            "type": "section",
            "block_id": "inline",
            "text": mrkdwn("*bold* _italic_ ~strike~ `code` <https://example.com|link> <!here> :rocket:\n&gt; quoted\n```pre```"),
            "accessory": {"type": "overflow", "action_id": "more", "options": [option("Story", "story"), option("Close", "close")]},
        },
        {
            "type": "section",
            "block_id": "fields",
            "fields": [mrkdwn("*Net liquidation*\n$102,310.55"), mrkdwn("*Cash*\n$42,310.00"), mrkdwn("*Day*\n+$312.40")],
        },
        {"type": "divider", "block_id": "line"},
        {
            "type": "table",
            "block_id": "table",
            "column_settings": columns,
            "rows": [
                cells("Symbol", "Qty", "Mark", "Open P&L", "Day P&L"),
                cells("AAPL", "100", "187.44", "+$312.00", "−$12.00"),
                cells("SPY 18DEC26 590p", "−2", "5.46", "+$92.00", "+$4.00"),
            ],
        },
        {
            "type": "rich_text",
            "block_id": "rich",
            "elements": [
                {"type": "rich_text_section", "elements": [bold]},
                {"type": "rich_text_list", "style": "bullet", "elements": bullets},
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "pre  formatted"}]},
            ],
        },
        {"type": "image", "block_id": "pic", "title": plain("P&L"), "image_url": "https://example.com/x.png", "alt_text": "Day chart"},
        {
            "type": "actions",
            "block_id": "controls",
            "elements": [
                {"type": "static_select", "action_id": "side", "placeholder": plain("Side"), "options": SIDES},
                {"type": "external_select", "action_id": "symbol", "placeholder": plain("Symbol"), "min_query_length": 1},
                {"type": "datepicker", "action_id": "day", "initial_date": "2026-12-18"},
                {"type": "users_select", "action_id": "approver", "placeholder": plain("Approver")},
                {"type": "conversations_select", "action_id": "room", "placeholder": plain("Channel")},
            ],
        },
        {
            "type": "section",
            "block_id": "checks",
            "text": mrkdwn("Alerts"),
            "accessory": {
                "type": "checkboxes",
                "action_id": "checks",
                "options": [option("Delta", "delta", description=plain("over 0.35")), option("Credit", "credit")],
            },
        },
        {
            "type": "section",
            "block_id": "radios",
            "text": mrkdwn("Size"),
            "accessory": {"type": "radio_buttons", "action_id": "radios", "options": [option("1", "1"), option("2", "2")], "initial_option": option("2", "2")},
        },
        {"type": "context", "block_id": "small", "elements": [mrkdwn("delayed 15 min · *sandbox*")]},
    ]  # fmt: skip


def extremes() -> list[Json]:
    """The longest things Slack allows, where they hurt the layout most."""
    endless = "unbroken" * 12
    thumb = {"type": "image", "image_url": "https://example.com/thumb.png", "alt_text": endless}
    deep = [{"type": "rich_text_section", "elements": [{"type": "text", "text": endless}]}]
    return [
        {"type": "header", "block_id": "h", "text": plain(endless)},
        {"type": "section", "block_id": "s", "text": mrkdwn(f"`{endless}` *{endless}*\n```{endless}```"), "accessory": thumb},
        {"type": "section", "block_id": "f", "fields": [mrkdwn(endless), plain(endless)]},
        {"type": "context", "block_id": "c", "elements": [thumb, mrkdwn(endless)]},
        {
            "type": "actions",
            "block_id": "a",
            "elements": [
                button(("unbroken" * 10)[:75], "long"),
                {"type": "static_select", "action_id": "wide", "options": [option(endless[:75], "1")], "placeholder": plain(endless)},
            ],
        },
        {
            "type": "table",
            "block_id": "t",
            "rows": [cells(*(f"Column {n}" for n in range(12))), cells(*("1,234,567.89" for _ in range(12)))],
        },
        {
            "type": "rich_text",
            "block_id": "r",
            "elements": [
                {"type": "rich_text_list", "style": "ordered", "indent": 8, "elements": deep},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": endless}]},
            ],
        },
    ]  # fmt: skip


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": block_id, **element},
        **more,
    }


def form() -> Json:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Order ticket"),
        "submit": plain("Preview"),
        "close": plain("Cancel"),
        "blocks": [
            field("symbol", "Symbol", {"type": "plain_text_input", "placeholder": plain("AAPL")}, hint=plain("One symbol")),
            field("count", "Quantity", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}),
            field("side", "Side", {"type": "static_select", "options": SIDES}),
            field("legs", "Legs", {"type": "multi_static_select", "options": [option("Put", "put"), option("Call", "call")]}, optional=True),
            field("rights", "Rights", {"type": "checkboxes", "options": [option("Read", "read"), option("Trade", "trade")]}),
            field("size", "Size", {"type": "radio_buttons", "options": [option("Small", "s"), option("Large", "l")]}, optional=True),
            field("secret", "Client secret", {"type": "plain_text_input", "multiline": True}, optional=True),
            field("hedge", "Hedge", {"type": "external_select", "min_query_length": 0, "initial_option": option("SPY", "SPY")}, optional=True),
            field("watch", "Watch", {"type": "multi_external_select", "min_query_length": 1}, optional=True),
            {"type": "actions", "block_id": "row", "elements": [button("Fill in", "fill"), button("Another window", "push")]},
        ],
    }  # fmt: skip


class DeskApp:
    """Runs the app against a simulator; `pressed` and `submitted` keep what it was told."""

    def __init__(self, sim: SlackSim) -> None:
        info = sim.info
        self.pressed: list[Json] = []
        self.submitted: list[Json] = []
        self.app = AsyncApp(
            client=AsyncWebClient(token=info["bot_token"], base_url=info["api_url"]),
            raise_error_for_unhandled_request=False,
        )
        self.handler = AsyncSocketModeHandler(
            self.app, info["app_token"], web_client=AsyncWebClient(base_url=info["api_url"])
        )
        self._listen()

    async def __aenter__(self) -> Self:
        await self.handler.connect_async()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.handler.close_async()
        # The client's own session closes in a task of its own.
        await asyncio.sleep(0)

    @property
    def client(self) -> AsyncWebClient:
        return self.app.client

    def _listen(self) -> None:
        app = self.app

        @app.command("/gallery")
        async def _gallery(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            await client.chat_postMessage(channel=body["channel_id"], text="Positions", blocks=gallery())

        @app.command("/extremes")
        async def _extremes(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            await client.chat_postMessage(channel=body["channel_id"], text="extremes", blocks=extremes())

        @app.command("/card")
        async def _card(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            await client.chat_postMessage(
                channel=body["channel_id"], text="card", blocks=card(f"PRACTICE · {body['text']}")
            )

        @app.command("/form")
        async def _form(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=form())

        @app.command("/whisper")
        async def _whisper(ack: Any, body: Json) -> None:
            await ack(text=f"psst: {body['text']}")

        @app.action("go")
        async def _go(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            self.pressed.append(body)
            place = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
            sent = [{"type": "section", "block_id": "sent", "text": mrkdwn("*PRACTICE · Sent*, working")}]
            await client.chat_update(**place, text="Sent", blocks=sent)
            await client.chat_postMessage(
                channel=place["channel"], thread_ts=place["ts"], text="Sent 10:41:02"
            )

        @app.action("silent")
        async def _silent(body: Json) -> None:
            self.pressed.append(body)

        @app.action("fill")
        async def _fill(ack: Any, body: Json) -> None:
            await ack()
            self.pressed.append(body)

        @app.action("push")
        async def _push(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            view = {
                "type": "modal",
                "title": plain("Second"),
                "blocks": [{"type": "section", "text": mrkdwn("On top")}],
            }
            await client.views_push(trigger_id=body["trigger_id"], view=view)

        @app.action({"type": "block_actions", "action_id": re.compile(".*")})
        async def _rest(ack: Any, body: Json) -> None:
            await ack()
            self.pressed.append(body)

        @app.options(re.compile("symbol|hedge|watch"))
        async def _options(ack: Any, payload: Json) -> None:
            typed = payload["value"].upper()
            await ack(options=[option(f"{typed}{tail}", f"{typed}{tail}") for tail in ("", "X", "Y")])

        @app.view("form")
        async def _submit(ack: Any, body: Json, client: AsyncWebClient) -> None:
            values = body["view"]["state"]["values"]
            self.submitted.append(values)
            if values["symbol"]["symbol"]["value"] == "ZZZ":
                await ack(response_action="errors", errors={"symbol": "ZZZ is not a symbol"})
                return
            if values["hedge"]["hedge"]["selected_option"]["value"] == "ZZZX":
                await ack(response_action="errors", errors={"hedge": "Nothing is listed as ZZZX"})
                return
            await ack()
            said = f"Preview: {values['side']['side']['selected_option']['value']} {values['count']['count']['value']} {values['symbol']['symbol']['value']}"
            await client.chat_postMessage(channel=body["user"]["id"], text=said)

        @app.shortcut("new_order")
        async def _new_order(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=form())

        @app.event("app_home_opened")
        async def _home(event: Json, client: AsyncWebClient) -> None:
            view = {
                "type": "home",
                "blocks": [
                    *gallery()[:3],
                    field(
                        "hedge",
                        "Hedge",
                        {
                            "type": "external_select",
                            "min_query_length": 0,
                            "initial_option": option("SPY", "SPY"),
                        },
                        optional=True,
                    ),
                    field(
                        "watch",
                        "Watch",
                        {"type": "multi_external_select", "min_query_length": 1},
                        optional=True,
                    ),
                    {"type": "actions", "block_id": "row", "elements": [button("Refresh", "refresh")]},
                ],
            }
            await client.views_publish(user_id=event["user"], view=view)

        @app.event("message")
        @app.event("app_mention")
        async def _message(event: Json, client: AsyncWebClient) -> None:
            if "thread_ts" not in event:
                await client.chat_postMessage(channel=event["channel"], text=f"You said: {event['text']}")
