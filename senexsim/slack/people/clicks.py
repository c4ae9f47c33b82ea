"""A person presses something in a message, a modal or the home: block_actions and block_suggestion."""

import asyncio
from typing import Any

from senexsim.slack import seen
from senexsim.slack.blockkit.elements import option_groups, options
from senexsim.slack.blockkit.report import Report
from senexsim.slack.directory import User
from senexsim.slack.escapes import remember_input
from senexsim.slack.machinery import Machinery
from senexsim.slack.messages import Message
from senexsim.slack.people import payloads, states
from senexsim.slack.people.outcome import outcome, refused, silent
from senexsim.slack.views import View

Json = dict[str, Any]

MOST_TIMES = 1_000
MOST_OFFERS = 2_000
KEPT_OFFERS = 1_000
_ECHOED = ("text", "style", "url", "placeholder", "initial_option", "timezone")


class Place:
    """Where something is pressed: a message the person saw, or an open view."""

    def __init__(self, machinery: Machinery, user: User, message: Message | None, view: View | None) -> None:
        self.machinery, self.ws, self.user = machinery, machinery.ws, user
        self.message, self.view = message, view

    def versions(self) -> list[list[Json]]:
        """All block lists the person has seen here, the newest first."""
        if self.view is not None:
            return [self.view.spec["blocks"]]
        assert self.message is not None
        return [version.content.blocks for version in reversed(self.message.versions)]

    def find(self, action_id: str, block_id: str | None, value: str | None) -> tuple[Json, Json] | None:
        """(block, element) in the newest version that carries it; among equals the one with that value."""
        for blocks in self.versions():
            here = [
                (block, element)
                for block, element in states.elements(blocks)
                if element.get("action_id") == action_id and block_id in (None, block["block_id"])
            ]
            for block, element in here:
                if element["type"] == "button" and value is not None and element.get("value") != value:
                    continue
                return block, element
        return None

    def remember(self, block: Json, element: Json, value: Any) -> None:
        key = (block["block_id"], element["action_id"])
        if self.view is not None:
            self.view.state[key] = value
        elif self.message is not None:
            self.message.state[self.user.id, *key] = value

    def source(self) -> Json:
        """container, and view or channel, message and state."""
        if self.view is not None:
            container = {"type": "view", "view_id": self.view.id}
            return {"container": container, "view": payloads.view_json(self.ws, self.view)}
        assert self.message is not None
        return payloads.message_source(self.ws, self.user, self.message)

    def refusal(self) -> str | None:
        if self.user.deleted:
            return "account_inactive"
        if self.view is not None:
            return None if self.view.is_open and self.view.user == self.user.id else "view_not_found"
        if self.message is None or not seen.visible(self.ws, self.user, self.message):
            return "message_not_found"
        return None


async def click(place: Place, given: Json) -> Json:
    """`given`: action_id, block_id?, value?, selected_option?, times, interval_ms. Presses run side by side."""
    seq = place.ws.bus.seq
    refusal = place.refusal()
    if refusal:
        return refused(refusal, seq)
    found = place.find(given["action_id"], given.get("block_id"), given.get("value"))
    if found is None:
        return refused("action_not_found", seq)
    block, element = found
    try:
        result = _result(place, block, element, given)
    except states.ValueRefusedError as error:
        return refused("invalid_value", seq, detail=str(error))
    if block["type"] == "input" and not block.get("dispatch_action"):
        return silent(seq)
    presses = []
    for turn in range(given.get("times", 1)):
        if turn and given.get("interval_ms"):
            await asyncio.sleep(given["interval_ms"] / 1000)
        presses.append(asyncio.ensure_future(_press(place, block, element, result, seq)))
    outcomes = await asyncio.gather(*presses)
    return outcomes[0] if len(outcomes) == 1 else _joined(outcomes)


def _joined(outcomes: list[Json]) -> Json:
    worst = next((one for one in outcomes if one["error"]), outcomes[0])
    return {
        **worst,
        "ok": all(one["ok"] for one in outcomes),
        "acked": all(one["acked"] for one in outcomes),
        "ack_ms": max((one["ack_ms"] or 0 for one in outcomes), default=0),
        "results": outcomes,
    }


def _result(place: Place, block: Json, element: Json, given: Json) -> Json:
    """The element's own fields of an action; remembers what was chosen."""
    echoed = {key: element[key] for key in _ECHOED if key in element}
    if element["type"] in {"button", "workflow_button"}:
        echoed.pop("initial_option", None)
        return echoed | ({"value": element["value"]} if "value" in element else {})
    echoed.pop("text", None)
    plain = given.get("selected_option", given.get("value"))
    offered = place.ws.offered.get((place.user.id, block["block_id"], element["action_id"]))
    value = states.entered(element, plain, offered)
    if isinstance(value, str):
        remember_input(place.ws, value)
    if element["type"] not in states.STATELESS:
        place.remember(block, element, value)
    return echoed | {states.RESULT_FIELDS[element["type"]]: value}


async def _press(place: Place, block: Json, element: Json, result: Json, seq: int) -> Json:
    ws = place.ws
    trigger = ws.tickets.trigger(place.user.id, place.view.id if place.view else None)
    payload = payloads.interaction(ws, place.user, "block_actions") | place.source()
    payload["trigger_id"] = trigger.id
    if place.message is not None:
        address = ws.tickets.reply_address(
            "actions", ws.team_id, place.user.id, place.message.channel, place.message
        )
        payload["response_url"] = f"{ws.origin}/{address.key}"
    payload["actions"] = [
        {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            **result,
            "type": element["type"],
            "action_ts": ws.ids.ts(ws.clock.now()),
        }
    ]
    answer = await place.machinery.courier.deliver("interactive", payload)
    return outcome(answer, seq, trigger.id)


async def suggest(place: Place, action_id: str, block_id: str | None, query: str) -> Json:
    """Type into an external select: the app is asked for options, which the answer carries."""
    ws, seq = place.ws, place.ws.bus.seq
    refusal = place.refusal()
    found = None if refusal else place.find(action_id, block_id, None)
    if refusal or found is None:
        return refused(refusal or "action_not_found", seq)
    block, element = found
    if not element["type"].endswith("external_select"):
        return refused("action_not_found", seq)
    if len(query) < int(element.get("min_query_length", 3)):
        return refused("query_too_short", seq)
    payload = payloads.interaction(ws, place.user, "block_suggestion") | place.source()
    payload.pop("state", None)
    payload |= {"action_id": action_id, "block_id": block["block_id"], "value": query}
    url = ws.app.manifest.options_url if ws.app.manifest else None
    answer = await place.machinery.courier.deliver("interactive", payload, url=url)
    offer = answer.fields if answer.acked else {}
    if answer.acked and _offer_complaints(offer):
        answer.error, offer = "invalid_options", {}
    shown: Json = {key: offer[key] for key in ("options", "option_groups") if key in offer}
    # What an earlier query brought stays choosable: several may be picked, one query each.
    key = (place.user.id, block["block_id"], action_id)
    if len(ws.offered) >= MOST_OFFERS:
        ws.offered.pop(next(iter(ws.offered)))
    ws.offered[key] = (states.options(shown) + ws.offered.get(key, []))[:KEPT_OFFERS]
    return outcome(answer, seq, None, **shown)


def _offer_complaints(offer: Json) -> list[str]:
    report = Report("message")
    if "option_groups" in offer:
        option_groups(report, offer, "")
    else:
        options(report, offer, "", 100, plain=True, least=0)
    return report.lines
