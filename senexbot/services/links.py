"""Linking a person to the broker, and letting go: seal, verify, erase. Keeps nothing of a refused grant."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from senexbot.domain.alerting.rules import STANDING, RuleState, deleted, may, parked, unparked
from senexbot.domain.errors import Expired, NotConnected, NotFound, NotPermitted
from senexbot.domain.links import Actor, Environment, Grant, Link, Secret
from senexbot.domain.news import NoticeNews
from senexbot.ports import (
    AuditEntry,
    Binding,
    BrokerReads,
    Clock,
    Handle,
    Ids,
    Outgoing,
    Sealed,
    SecretBox,
    Store,
    Tx,
)
from senexbot.services.accounts import preferred
from senexbot.services.news.admins import tell_admins

REQUEST_LIFE = timedelta(minutes=10)  # I73
NO_LINK = "not linked"


class StoredGrants:
    """The Grants port: opens a sealed grant at the moment the broker adapter needs it."""

    def __init__(self, *, store: Store, box: SecretBox) -> None:
        self._store = store
        self._box = box

    async def grant(self, link_id: str) -> Grant:
        link, sealed = await self._read(link_id)
        plain = json.loads(self._box.open(sealed, Binding.of_grant(link)))
        return Grant(link.environment, Secret(plain["client_secret"]), Secret(plain["refresh_token"]))

    async def environment(self, link_id: str) -> Environment:
        link, _ = await self._read(link_id)
        return link.environment

    async def _read(self, link_id: str) -> tuple[Link, Sealed]:
        async with self._store.read() as tx:
            link = await tx.links.get(link_id)
            sealed = await tx.links.sealed(link_id)
        if link is None or sealed is None:
            raise NotConnected("This link was removed.")
        return link, sealed


class Links:
    """The use cases of connecting and disconnecting."""

    def __init__(
        self,
        *,
        store: Store,
        reads: BrokerReads,
        box: SecretBox,
        clock: Clock,
        ids: Ids,
        admin_channel: str = "",
    ) -> None:
        self._store = store
        self._admin_channel = admin_channel
        self._reads = reads
        self._box = box
        self._clock = clock
        self._ids = ids

    async def begin(self, actor: Actor) -> Handle:
        """A link request: usable once, for 10 minutes, by the person who asked (I73)."""
        handle = Handle(
            value=self._ids.handle(),
            kind="connect",
            subject=actor.user_id,
            version=0,
            owner=actor.user_id,
            expires_at=self._clock.not_before() + REQUEST_LIFE,
        )
        async with self._store.begin() as tx:
            await tx.handles.issue(handle)
        return handle

    async def complete(self, actor: Actor, request: str, grant: Grant) -> Link:
        """Check the grant with the broker and keep it sealed. Raises Expired, NotPermitted, GrantExpired, …"""
        async with self._store.read() as tx:
            await self._check(tx, actor, request)
        verified = await self._reads.verify(grant)
        if not verified.accounts:
            raise NotConnected("The grant works, but tastytrade shows no account behind it.")
        now = self._clock.now()
        link = Link(
            id=self._ids.row(),
            team_id=actor.team_id,
            user_id=actor.user_id,
            environment=grant.environment,
            customer_id=verified.customer_id,
            accounts=verified.accounts,
            default_account="",
            created_at=now,
        )
        sealed = self._seal(link, grant)
        async with self._store.begin() as tx:
            await self._check(tx, actor, request)
            if not await tx.first_time(f"connect:{request}"):
                raise Expired("This form was used already.")
            earlier = await tx.links.of_user(actor.team_id, actor.user_id)
            replaced = [old for old in earlier if old.environment == link.environment]
            others = [old for old in earlier if old.environment != link.environment]
            if not any(old.default_account for old in others):
                keep = next((o.default_account for o in replaced if link.account(o.default_account)), "")
                open_ones = [a.number for a in link.accounts if not a.is_closed]
                link = replace(link, default_account=keep or (open_ones or [""])[0])
            await tx.links.add(link, sealed)
            for old in replaced:
                await self._hand_over(tx, old, link)
                await tx.links.erase(old.id)
            await self._take_up(tx, link)
            await tx.audit(_entry(actor.user_id, "link.connect", link, "ok"))
        for old in replaced:
            await self._reads.forget(old.id)
        return link

    async def disconnect(self, actor: Actor, link_id: str | None = None) -> tuple[Link, ...]:
        """Erase one link of the person, or all; their rules over it are parked. Returns what was erased."""
        async with self._store.begin() as tx:
            links = await tx.links.of_user(actor.team_id, actor.user_id)
            chosen = tuple(link for link in links if link_id is None or link.id == link_id)
            if not chosen:
                raise NotConnected("There is no link to remove.")
            for link in chosen:
                await self._erase(tx, link, by=actor.user_id, why="disconnect")
            await self._keep_a_default(tx, tuple(link for link in links if link not in chosen))
        for link in chosen:
            await self._reads.forget(link.id)
        return chosen

    async def deactivated(self, team_id: str, user_id: str) -> int:
        """Slack says that the person is gone: every token of theirs is destroyed at once (I37)."""
        async with self._store.begin() as tx:
            links = await tx.links.of_user(team_id, user_id)
            for link in links:
                await self._erase(tx, link, by="bot", why="deactivated")
                await self._tell_admins(tx, link)
        for link in links:
            await self._reads.forget(link.id)
        return len(links)

    async def everyone_gone(self) -> int:
        """The app was uninstalled: all secrets are destroyed (F24)."""
        async with self._store.begin() as tx:
            links = await tx.links.all()
            for link in links:
                await self._erase(tx, link, by="bot", why="uninstalled")
        for link in links:
            await self._reads.forget(link.id)
        return len(links)

    async def set_default(self, actor: Actor, link_id: str, account: str) -> Link:
        async with self._store.begin() as tx:
            links = await tx.links.of_user(actor.team_id, actor.user_id)
            link = next((x for x in links if x.id == link_id), None)
            if link is None or link.account(account) is None:
                raise NotFound("That account is not linked any more.")
            for other in links:
                await tx.links.set_default(other.id, account if other.id == link_id else "")
            await tx.audit(_entry(actor.user_id, "link.default", link, "ok"))
        return replace(link, default_account=account)

    async def broken(self, link_id: str, why: str) -> None:
        """The broker refuses the grant: tell the owner once; or, without a `why`, takes it again."""
        async with self._store.begin() as tx:
            link = await tx.links.get(link_id)
            if link is None or bool(link.broken) == bool(why):
                return
            await tx.links.set_broken(link_id, why)
            if not why:
                return
            now = self._clock.now()
            news = NoticeNews("link_broken", (("environment", link.environment.label), ("why", why)), now)
            await tx.outbox.put(
                Outgoing(
                    key=f"user:{link.user_id}",
                    news=news,
                    dedupe=f"broken:{link_id}:{now:%Y%m%d%H}",
                    to_user=link.user_id,
                )
            )

    def _seal(self, link: Link, grant: Grant) -> Sealed:
        plain = {"client_secret": grant.client_secret.reveal(), "refresh_token": grant.refresh_token.reveal()}
        return self._box.seal(json.dumps(plain).encode(), Binding.of_grant(link))

    async def _check(self, tx: Tx, actor: Actor, request: str) -> None:
        handle = await tx.handles.find(request)
        if handle is None or handle.kind != "connect":
            raise Expired("This form is not known here. Start again with connect.")
        if handle.owner != actor.user_id:
            raise NotPermitted("This form was opened for somebody else.")
        if handle.expires_at is not None and self._clock.not_before() >= handle.expires_at:
            raise Expired("This form was open for more than ten minutes. Start again with connect.")

    async def _hand_over(self, tx: Tx, old: Link, new: Link) -> None:
        """A new grant for the same environment: the rules go on over the new link."""
        for rule in await tx.rules.of_owner(old.team_id, old.user_id):
            if rule.link_id == old.id and rule.state in STANDING:
                await tx.rules.save(replace(rule, link_id=new.id, version=rule.version + 1))

    async def _take_up(self, tx: Tx, link: Link) -> None:
        """Rules that were parked when the person disconnected go on over the new link."""
        for rule in await tx.rules.of_owner(link.team_id, link.user_id):
            if rule.state is RuleState.PARKED and rule.reason == NO_LINK:
                await tx.rules.save(replace(unparked(rule), link_id=link.id))
            elif rule.state is RuleState.PAUSED and await tx.links.get(rule.link_id) is None:
                await tx.rules.save(replace(rule, link_id=link.id, version=rule.version + 1))

    async def _erase(self, tx: Tx, link: Link, *, by: str, why: str) -> None:
        for rule in await tx.rules.of_owner(link.team_id, link.user_id):
            if rule.link_id != link.id or rule.state not in STANDING:
                continue
            if why != "disconnect":
                await tx.rules.save(replace(deleted(rule), reason=NO_LINK))
            elif may(rule, "park"):  # a paused one stays so, and is resumed over another link
                await tx.rules.save(parked(rule, NO_LINK))
        await tx.links.erase(link.id)
        await tx.audit(_entry(by, f"link.{why}", link, "ok"))

    async def _tell_admins(self, tx: Tx, link: Link) -> None:
        """Orders of theirs may still work at the broker, and nobody here can cancel them any more (F23)."""
        params = (("environment", link.environment.label), ("user", link.user_id))
        news = NoticeNews("link_erased_deactivated", params, self._clock.now())
        await tell_admins(tx, self._admin_channel, news, dedupe=f"deactivated:{link.id}")

    async def _keep_a_default(self, tx: Tx, left: tuple[Link, ...]) -> None:
        if left and not any(link.default_account for link in left):
            link = preferred(left)
            await tx.links.set_default(link.id, link.accounts[0].number)


def _entry(actor: str, action: str, link: Link, result: str) -> AuditEntry:
    return AuditEntry(
        actor=actor,
        action=action,
        subject=link.id,
        result=result,
        params=(("environment", link.environment.value), ("owner", link.user_id)),
    )
