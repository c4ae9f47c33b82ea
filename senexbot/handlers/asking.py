"""What a person asked, how to answer there, and everything a handler may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from senexbot.blocks.actions import SayButton
from senexbot.blocks.kit import Message, Modal
from senexbot.domain.errors import MessengerFault, StoreFault, Suggestion
from senexbot.domain.links import Actor
from senexbot.ports import Clock, Handle, Ids, Messenger, Store
from senexbot.services.accounts import Accounts
from senexbot.services.alerts.backtesting import Backtesting
from senexbot.services.alerts.escalating import Escalating
from senexbot.services.alerts.inbox import AlertInbox
from senexbot.services.alerts.rules import AlertRules
from senexbot.services.approval.approvals import Approvals
from senexbot.services.approval.asked_of_me import WaitingApprovals
from senexbot.services.approval.executing import Executing
from senexbot.services.approval.mandates import Mandates
from senexbot.services.approval.quotes import ApprovalQuotes
from senexbot.services.approval.standing_in import StandingIn
from senexbot.services.halts.flattening import Flattening
from senexbot.services.halts.halts import Halts
from senexbot.services.halts.mass_cancelling import MassCancelling
from senexbot.services.links import Links
from senexbot.services.orders.cancelling import Cancelling
from senexbot.services.orders.external import ExternalOrders
from senexbot.services.orders.lists import Orders
from senexbot.services.orders.move_offers import MoveOffers
from senexbot.services.orders.previews import Previews
from senexbot.services.orders.replacing import Replacing
from senexbot.services.orders.sending import Sending
from senexbot.services.orders.settling import Settling
from senexbot.services.orders.walking import Walking
from senexbot.services.policy.check import PolicyCheck
from senexbot.services.policy.editing import Policies
from senexbot.services.quotes import Quotes
from senexbot.services.risk.desk import Risk
from senexbot.services.rules import DeskRules

log = structlog.get_logger()


class Surfaces(Messenger, Protocol):
    """Slack as handlers need it: the port, and the surfaces that only answer an interaction."""

    async def post_ephemeral(self, channel: str, user_id: str, message: Message) -> None: ...
    async def delete(self, channel: str, ts: str) -> None: ...
    async def open_view(self, trigger_id: str, modal: Modal) -> str: ...
    async def update_view(self, view_id: str, modal: Modal) -> None: ...
    async def publish_home(self, user_id: str, modal: Modal) -> None: ...
    def forget_person(self, user_id: str) -> None: ...
    def forget_channel(self, channel: str) -> None: ...


class PictureSurface(Protocol):
    async def share(self, channel: str, thread_ts: str, *, title: str, alt: str, png: bytes) -> None:
        """One picture into the thread of a message, or by itself where that is "". Raises MessengerFault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The use cases, wired by bootstrap."""

    rules: DeskRules
    store: Store
    clock: Clock
    ids: Ids
    slack: Surfaces
    pictures: PictureSurface
    accounts: Accounts
    quotes: Quotes
    links: Links
    previews: Previews
    approvals: Approvals
    approval_quotes: ApprovalQuotes
    executing: Executing
    standing_in: StandingIn
    waiting: WaitingApprovals
    sending: Sending
    replacing: Replacing
    walking: Walking
    mandates: Mandates
    moves: MoveOffers
    cancelling: Cancelling
    external: ExternalOrders
    mass_cancelling: MassCancelling
    settling: Settling
    orders: Orders
    alerts: AlertRules
    inbox: AlertInbox
    escalating: Escalating
    backtesting: Backtesting
    halts: Halts
    flattening: Flattening
    policies: Policies
    policy_check: PolicyCheck
    risk: Risk
    alerts_changed: Callable[[], None]
    health: Callable[[], dict[str, str]]

    async def says(self, actor: Actor, offers: Sequence[Suggestion]) -> tuple[SayButton, ...]:
        """Buttons that say a command; the words stay here, the buttons carry handles (I30)."""
        buttons = []
        try:
            async with self.store.begin() as tx:
                for offer in offers[:3]:
                    value = self.ids.handle()
                    await tx.handles.issue(Handle(value, "say", offer.command, 0, actor.user_id))
                    buttons.append(SayButton(offer.label, value))
        except StoreFault:
            return ()  # an answer without its buttons is better than none
        return tuple(buttons)

    async def menus(
        self, actor: Actor, offers: Sequence[Sequence[Suggestion]]
    ) -> tuple[tuple[tuple[str, str], ...], ...]:
        """As `says`, of several menus at once: label and handle of each entry; without entries when nothing can be
        stored."""
        menus = []
        try:
            async with self.store.begin() as tx:
                for menu in offers:
                    entries = [(offer.label, self.ids.handle(), offer.command) for offer in menu]
                    for _, value, command in entries:
                        await tx.handles.issue(Handle(value, "say", command, 0, actor.user_id))
                    menus.append(tuple((label, value) for label, value, _ in entries))
        except StoreFault:
            return tuple(() for _ in offers)
        return tuple(menus)


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing said. `text` is what stands behind the verb; `direct`: said in the bot's direct message.

    `trigger_id` opens a modal within three seconds; "" where there is none.
    """

    actor: Actor
    text: str
    channel: str
    direct: bool
    trigger_id: str
    desk: Desk


class Reply(Protocol):
    """The way to answer one interaction; nothing else goes this way."""

    async def progress(self, message: Message) -> None: ...

    async def final(self, message: Message) -> None:
        """Replaces the progress, if there was any."""

    async def clear(self) -> None:
        """The answer stands elsewhere: a progress that was shown goes."""


class DirectReply:
    """An answer in the direct message: posted, and edited when it was a progress first."""

    def __init__(self, *, slack: Surfaces, user_id: str) -> None:
        self._slack = slack
        self._user_id = user_id
        self._posted: tuple[str, str] | None = None
        self._waiting = False  # what was posted is a progress still

    async def link(self) -> str:
        """Permalink of what was posted; "" when there is none to be had."""
        if self._posted is None:
            return ""
        try:
            return await self._slack.permalink(*self._posted)
        except MessengerFault:
            return ""

    async def progress(self, message: Message) -> None:
        await self._post(message)
        self._waiting = True

    async def final(self, message: Message) -> None:
        if self._posted is not None and self._waiting:
            self._waiting = False  # an answer is never taken back
            await self._slack.update(*self._posted, message)
            return
        await self._post(message)

    async def clear(self) -> None:
        if self._posted is not None and self._waiting:
            self._waiting = False
            await self._slack.delete(*self._posted)

    async def _post(self, message: Message) -> None:
        channel = await self._slack.open_direct(self._user_id)
        self._posted = (channel, await self._slack.post(channel, message))


class AddressReply:
    """An answer through a reply address, seen by the asker only; by direct message when the address is spent."""

    def __init__(
        self,
        *,
        send: Callable[[str, Message | None, bool], Awaitable[None]],
        url: str,
        fallback: Reply,
    ) -> None:
        self._send = send
        self._url = url
        self._fallback = fallback
        self._replace = False

    async def progress(self, message: Message) -> None:
        await self._send(self._url, message, False)
        self._replace = True

    async def final(self, message: Message) -> None:
        replace, self._replace = self._replace, False  # an answer is never taken back
        try:
            await self._send(self._url, message, replace)
        except MessengerFault as fault:
            log.info("reply.fallback", code=fault.code)
            await self._fallback.final(message)

    async def clear(self) -> None:
        if self._replace:
            self._replace = False
            await self._send(self._url, None, True)


class EphemeralReply:
    """An answer to a mention: only the asker sees it, where it was said."""

    def __init__(self, *, slack: Surfaces, channel: str, user_id: str, fallback: Reply) -> None:
        self._slack = slack
        self._channel = channel
        self._user_id = user_id
        self._fallback = fallback

    async def progress(self, message: Message) -> None:
        """An ephemeral cannot be edited: no progress is shown."""

    async def final(self, message: Message) -> None:
        try:
            await self._slack.post_ephemeral(self._channel, self._user_id, message)
        except MessengerFault:
            await self._fallback.final(message)

    async def clear(self) -> None:
        """There is never a progress to take back."""
