"""The Slack app manifest, made from the declaration of the verbs."""

from __future__ import annotations

from typing import Any

from senexbot.domain.verbs import VERBS
from senexbot.slack.transport import PATH

SCOPES = (
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "users:read",
)
EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_shared",
    "channel_unshared",
    "message.im",
    "tokens_revoked",
    "user_change",
)


def build_manifest(*, url: str = "", prefix: str = "") -> dict[str, Any]:
    """Socket Mode without a URL; with one, HTTP for commands, events and interactivity."""
    request_url = f"{url.rstrip('/')}{PATH}" if url else ""
    commands: list[dict[str, Any]] = [
        {
            "command": f"/{prefix}senex",
            "description": "Your trading desk",
            "usage_hint": "help | connect | any verb",
            "should_escape": False,
        },
        *(
            {
                "command": f"/{prefix}{verb.short_command.removeprefix('/')}",
                "description": verb.help[:2000],
                "usage_hint": verb.usage.removeprefix(verb.name).strip()[:1000],
                "should_escape": verb.names_people,
            }
            for verb in VERBS
            if verb.short_command
        ),
    ]
    for command in commands:
        if not command["usage_hint"]:
            del command["usage_hint"]
        if request_url:
            command["url"] = request_url
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if request_url:
        events["request_url"] = request_url
        interactivity["request_url"] = request_url
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "senexbot",
            "description": "A trading desk on tastytrade",
            "background_color": "#1f2a37",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "senexbot", "always_online": True},
            "slash_commands": commands,
            "shortcuts": [
                {
                    "name": "Connect tastytrade",
                    "type": "global",
                    "callback_id": "say_connect",
                    "description": "Link a tastytrade account with a personal grant",
                },
                {
                    "name": "My orders",
                    "type": "global",
                    "callback_id": "say_orders",
                    "description": "Waiting, working and today's orders",
                },
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }
