"""What a person does about risk: see an account against its thresholds, set them, and act on an alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from senexbot.domain.access import effective_roles
from senexbot.domain.alerting.normal import escalation_text
from senexbot.domain.errors import (
    AlreadyHandled,
    NotConnected,
    NotFound,
    NotPermitted,
    ParseError,
    Stale,
)
from senexbot.domain.language.said import CloseSaid, OrderSaid, RollSaid
from senexbot.domain.links import AccountRef, Actor, Link
from senexbot.domain.risk.alerts import RiskAlert, moved_line, redrawn
from senexbot.domain.risk.looking import Look, look
from senexbot.domain.risk.presets import KINDS, Preset
from senexbot.domain.risk.remedies import closing, rolling
from senexbot.domain.risk.saying import Draw, Escalate, Off, RiskSaid, Show, To, Usual, line_text
from senexbot.domain.risk.view import RiskView
from senexbot.domain.risk.watches import Watch, may_watch, watch_id, with_line, with_usual, without
from senexbot.domain.routing.escalation import USUAL
from senexbot.ports import AuditEntry, BrokerReads, Clock, Handle, Ids, Store, Tx
from senexbot.services.accounts import Accounts
from senexbot.services.alerts.escalating import Escalating
from senexbot.services.alerts.places import AlertPlaces
from senexbot.services.orders.handles import owned_handle
from senexbot.services.risk.looking import RiskLooking
from senexbot.services.risk.telling import KIND, tell_changed

BUTTON_LIFE = timedelta(days=1)
TRIES = 3


@dataclass(frozen=True, slots=True)
class RiskShown:
    """One account against what its watcher set. `stale`: the figures are an earlier look's, the broker does not answer
    now. `handles`: of the button that switches each preset; `usual`: of the one that watches all the usual."""

    watch: Watch
    view: RiskView
    look: Look
    stale: bool
    done: str = ""
    handles: Mapping[Preset, str] = field(default_factory=dict)
    usual: str = ""


class Risk:
    def __init__(
        self,
        *,
        store: Store,
        accounts: Accounts,
        looking: RiskLooking,
        reads: BrokerReads,
        places: AlertPlaces,
        escalating: Escalating,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._looking = looking
        self._reads = reads
        self._places = places
        self._escalating = escalating
        self._clock = clock
        self._ids = ids
        self._views: dict[tuple[str, str], RiskView] = {}  # the last whole look at each account

    # --- the verb ------------------------------------------------------------------------------

    async def said(self, actor: Actor, said: RiskSaid, channel: str) -> RiskShown:
        """Do what was said, and show the account. `channel`: where it was said, "" in the person's own messages.

        Raises ParseError, NotConnected, NotPermitted.
        """
        account = await self._account(actor, said.account_hint)
        wish = said.wish
        if isinstance(wish, To):
            wish = await self._place(actor, wish, channel)
        if isinstance(wish, Escalate):
            await self._escalating.check(actor, wish.escalation)
        done = ""
        if not isinstance(wish, Show):
            done = await self._change(actor, account, wish)
        return await self.show(actor, account, done)

    async def show(self, actor: Actor, account: AccountRef, done: str = "") -> RiskShown:
        async with self._store.read() as tx:
            watch = await self._watch(tx, actor, account)
        view, stale = await self._view(watch, account)
        handles: dict[Preset, str] = {}
        usual = self._ids.handle()
        until = self._clock.not_before() + BUTTON_LIFE
        async with self._store.begin() as tx:
            for preset in Preset:
                if preset in watch.lines or KINDS[preset].default is not None:
                    handles[preset] = self._ids.handle()
            made = [
                Handle(
                    value, "risk_set", f"{watch.id}|{account.link_id}|{preset.value}", 0, actor.user_id, until
                )
                for preset, value in handles.items()
            ]
            made.append(Handle(usual, "risk_set", f"{watch.id}|{account.link_id}|", 0, actor.user_id, until))
            await tx.handles.issue(*made)
        return RiskShown(watch, view, look(view, watch.lines), stale, done, handles, usual)

    async def _view(self, watch: Watch, account: AccountRef) -> tuple[RiskView, bool]:
        """As it is now; the last whole look where the broker does not answer."""
        key = (account.environment.value, account.number)
        view = await self._looking.read(account, watch.lines)
        if view.balances is not None and view.positions is not None:
            self._views[key] = view
            return view, False
        last = self._views.get(key)
        return (view, False) if last is None else (last, True)

    async def _account(self, actor: Actor, hint: str) -> AccountRef:
        """The person's own; with the role risk, any of the desk's."""
        try:
            return await self._accounts.pick(actor, hint)
        except (NotConnected, ParseError):
            async with self._store.read() as tx:
                granted = await tx.roles.of(actor.team_id, actor.user_id)
                links = [link for link in await tx.links.all() if link.team_id == actor.team_id]
            if not may_watch(granted, is_own=False):
                raise
            fitting = {
                (link.environment, one.number): AccountRef(link.id, one.number, link.environment)
                for link in links
                for one in link.accounts
                if hint and not one.is_closed and one.number.lower().endswith(hint.lower())
            }
            if len(fitting) != 1:
                raise ParseError(
                    "Which of the desk's accounts?",
                    word=hint or None,
                    hint="Say risk in and its last four characters.",
                ) from None
            return next(iter(fitting.values()))

    async def _watch(self, tx: Tx, actor: Actor, account: AccountRef) -> Watch:
        """What is stored; a new one, with nothing on, where nothing is."""
        key = watch_id(account.environment, account.number, actor.user_id)
        known = await tx.risk.watch(key)
        if known is not None:
            return replace(known, link_id=account.link_id)
        return Watch(
            key, actor.team_id, actor.user_id, account.link_id, account.environment, account.number, 0
        )

    async def _change(
        self, actor: Actor, account: AccountRef, wish: Usual | Draw | Off | To | Escalate
    ) -> str:
        """Stored with its audit entry; what was done, in words. Raises NotPermitted when it is not theirs any more."""
        tries = 0
        while True:
            tries += 1
            try:
                async with self._store.begin() as tx:
                    return await self._change_once(tx, actor, account, wish)
            except Stale:
                if tries == TRIES:
                    raise

    async def _change_once(
        self, tx: Tx, actor: Actor, account: AccountRef, wish: Usual | Draw | Off | To | Escalate
    ) -> str:
        await self._may(tx, actor, account)
        watch = await self._watch(tx, actor, account)
        after, words = _changed(watch, wish)
        await tx.risk.put_watch(after)
        params = (("what", words), ("text", _text(after)))
        await tx.audit(AuditEntry(actor.user_id, "risk.set", watch.id, "ok", params))
        return words

    async def _may(self, tx: Tx, actor: Actor, account: AccountRef) -> None:
        link = await tx.links.get(account.link_id)
        if link is None or link.account(account.number) is None:
            raise NotConnected("This account is not linked any more.")
        own = link.user_id == actor.user_id
        roles = effective_roles(actor, await tx.roles.of(actor.team_id, actor.user_id), linked=own)
        if not may_watch(roles, is_own=own):
            raise NotPermitted("Only who linked this account, or the role risk, may watch it.")

    async def _place(self, actor: Actor, wish: To, channel: str) -> To:
        """Where it is to be told, when it may be. Raises ParseError."""
        if wish.here:
            why = await self._places.why_not_here(channel) if channel else ""
            wish = To(channel=channel)
        else:
            to = wish.channel or wish.person
            why = await self._places.why_not(actor, to) if to and to != actor.user_id else ""
        if why:
            raise ParseError(f"Risk is not told there: {why}.", hint="It stays where it was told before.")
        return wish

    # --- buttons of the list -------------------------------------------------------------------

    async def press_set(self, actor: Actor, handle_value: str) -> RiskShown:
        """One preset on or off, or all the usual on; the account as it is then."""
        async with self._store.read() as tx:
            handle = await owned_handle(tx, actor, handle_value, "risk_set", now=self._clock.not_before())
            key, link_id, name = handle.subject.split("|")
            environment_number = key.split(":")
            link = await tx.links.get(link_id)
        if link is None:
            raise NotConnected("This account is not linked any more.")
        account = AccountRef(link_id, environment_number[1], link.environment)
        if not name:
            return await self.show(actor, account, await self._change(actor, account, Usual()))
        preset = Preset(name)
        async with self._store.read() as tx:
            watch = await self._watch(tx, actor, account)
        default = KINDS[preset].default
        off = preset in watch.lines or default is None
        wish = Off(frozenset({preset})) if off or default is None else Draw(preset, default)
        return await self.show(actor, account, await self._change(actor, account, wish))

    # --- buttons of an alert -------------------------------------------------------------------

    async def closing(self, actor: Actor, handle_value: str) -> OrderSaid | CloseSaid:
        """The sentence that closes the trade at the mid, from what is held now. The account's own holder only.

        Raises NotPermitted, NotFound when nothing of it is held any more, BrokerFault.
        """
        alert, account = await self._own_account(actor, handle_value)
        return closing(alert.figures, await self._reads.positions(account), account.number)

    async def rolling(self, actor: Actor, handle_value: str) -> RollSaid:
        """The sentence that rolls it; as `closing`."""
        alert, account = await self._own_account(actor, handle_value)
        return rolling(alert.figures, await self._reads.positions(account), account.number)

    async def account_of(self, actor: Actor, handle_value: str) -> AccountRef:
        """Of the person's own alert, their own account. Raises NotPermitted."""
        return (await self._own_account(actor, handle_value))[1]

    async def show_of(self, actor: Actor, handle_value: str) -> RiskShown:
        """All figures of the account that an alert is about."""
        async with self._store.read() as tx:
            alert = await self._alert(tx, actor, handle_value)
        account = AccountRef(alert.link_id, alert.account, alert.environment)
        async with self._store.read() as tx:
            await self._may(tx, actor, account)
        return await self.show(actor, account)

    async def move_line(self, actor: Actor, handle_value: str) -> RiskAlert:
        """The line one step further: stored, and this alert is over."""
        async with self._store.begin() as tx:
            alert = await self._alert(tx, actor, handle_value)
            if not alert.is_open:
                raise AlreadyHandled("This is over already.", code="over")
            line = moved_line(alert)
            watch = await tx.risk.watch(alert.watch_id)
            if line is None or watch is None:
                raise NotFound("This line cannot be moved by a button: say risk and its name.")
            now = self._clock.now()
            await tx.risk.put_watch(with_line(watch, alert.preset, line))
            after = redrawn(alert, line, now)
            await tx.risk.save(after)
            await tell_changed(tx, after, now)
            words = f"{alert.preset.value} {line_text(alert.preset, line)}"
            await tx.audit(AuditEntry(actor.user_id, "risk.set", watch.id, "ok", (("what", words),)))
        return after

    async def _alert(self, tx: Tx, actor: Actor, handle_value: str) -> RiskAlert:
        handle = await owned_handle(tx, actor, handle_value, KIND)
        alert = await tx.risk.get(handle.subject)
        if alert is None or (alert.owner, alert.team_id) != (actor.user_id, actor.team_id):
            raise NotFound("This alert is not known here any more.")
        return alert

    async def _own_account(self, actor: Actor, handle_value: str) -> tuple[RiskAlert, AccountRef]:
        """Through the person's present link, which may be newer than the alert's."""
        async with self._store.read() as tx:
            alert = await self._alert(tx, actor, handle_value)
            links = await tx.links.of_user(actor.team_id, actor.user_id)
        own = [link for link in links if _reaches(link, alert)]
        if not own:
            raise NotPermitted("Only who linked this account trades in it. Tell its holder.")
        return alert, AccountRef(own[0].id, alert.account, alert.environment)


def _reaches(link: Link, alert: RiskAlert) -> bool:
    return link.environment is alert.environment and link.account(alert.account) is not None


def _changed(watch: Watch, wish: Usual | Draw | Off | To | Escalate) -> tuple[Watch, str]:
    match wish:
        case Usual():
            return with_usual(watch), "All the usual is watched"
        case Draw(preset, line):
            at = line_text(preset, line)
            return with_line(watch, preset, line), f"Watching {preset.value}{f' {at}' if at else ''}"
        case Off(presets):
            chosen = presets or frozenset(watch.lines)
            named = ", ".join(preset.value for preset in Preset if preset in presets)
            return without(watch, chosen), f"Off: {named}" if named else "Nothing is watched any more"
        case To(channel, person):
            after = replace(watch, channel=channel, to_user=person, version=watch.version + 1)
            return after, "Told here" if not channel and not person else "Told there from now on"
        case Escalate(escalation):
            said = None if escalation == USUAL else escalation
            words = "as the desk has it" if said is None else escalation_text(said).removeprefix("escalate ")
            after = replace(watch, escalate=said, version=watch.version + 1)
            return after, f"Passed on when nobody has it: {words}"


def _text(watch: Watch) -> str:
    """What is on, for the audit."""
    return ", ".join(f"{s.preset.value} {line_text(s.preset, s.line)}".strip() for s in watch.settings)[:200]
