"""User and conversation objects as the Web API and events carry them."""

from typing import Any

from senexsim.slack.directory import Channel, User
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]


def user_json(ws: Workspace, user: User) -> Json:
    """A deactivated user keeps id, name and profile; roles and time zone are gone, as in Slack."""
    body: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "profile": _profile(ws, user),
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": user.updated,
    }
    if user.is_stranger:
        body["is_stranger"] = True
    if user.deleted:
        return body
    return body | {
        "color": user.colour,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz_label,
        "tz_offset": user.tz_offset,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_email_confirmed": not user.is_bot,
        "who_can_share_contact_card": "EVERYONE",
    }


def _profile(ws: Workspace, user: User) -> Json:
    profile: Json = {
        "title": "",
        "phone": "",
        "skype": "",
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "fields": None,
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": "",
        "first_name": user.real_name.split(" ", maxsplit=1)[0],
        "last_name": user.real_name.partition(" ")[2],
        "team": user.team_id,
    }
    if user.is_bot:
        return profile | {"api_app_id": ws.app.id, "bot_id": ws.app.bot_id, "always_active": True}
    if "users:read.email" in ws.app.scopes:
        profile["email"] = f"{user.name}@example.com"
    return profile


def channel_json(ws: Workspace, channel: Channel) -> Json:
    """What conversations.info and .list answer for a channel or a direct message."""
    head: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_org_shared": False,
    }
    if channel.is_im:
        gone = ws.directory.users[channel.im_user or ""].deleted
        im = {"context_team_id": ws.team_id, "user": channel.im_user, "is_user_deleted": gone}
        return head | {"updated": channel.created * 1000, "priority": 0} | im
    return head | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private and not channel.is_mpim,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_general": channel.name == "general",
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "unlinked": 0,
        "context_team_id": ws.team_id,
        "updated": channel.created * 1000,
        "parent_conversation": None,
        "creator": channel.creator,
        "shared_team_ids": [ws.team_id],
        "previous_names": [],
        "is_member": ws.app.bot_user_id in channel.members,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }
