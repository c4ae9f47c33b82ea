"""One change of an intent with all that has to be told of it, in one transaction (I39)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from senexbot.domain.approval.approvals import ApprovalRequest
from senexbot.domain.approval.mandates import Mandate, after_use, counts, together
from senexbot.domain.errors import Denied, SenexError
from senexbot.domain.news import ApprovalNews, Buzz, BuzzNews, CardNews, MandateNews, News, StoryNews
from senexbot.domain.orders.intents import Intent
from senexbot.domain.orders.lifecycle import buzz_for, story_line
from senexbot.domain.policy.reservations import kept
from senexbot.ports import AuditEntry, Outgoing, Tx


async def tell_change(
    tx: Tx, before: Intent | None, after: Intent, *, by: str, action: str, now: datetime
) -> None:
    """Save `after` (or add it, when there is no `before`), edit its card, add to its story, buzz by rule, audit."""
    if before is None:
        await tx.intents.add(after)
    else:
        await tx.intents.save(after)
        await _keep_reservation(tx, after, now)
        await _keep_mandate(tx, after, by=by)
    key = f"card:{after.id}"
    await tell_card(tx, key, CardNews(after.id), after.version, after.owner)
    line = story_line(before, after)
    if line and before is not None:
        news = StoryNews(after.id, line, now)
        await tx.outbox.put(
            Outgoing(
                key=f"story:{after.id}",
                news=news,
                dedupe=f"story:{after.id}:{after.version}",
                to_user=after.owner,
            )
        )
    buzz = buzz_for(before, after) if before is not None else None
    if buzz is Buzz.HELD and by == after.owner:
        buzz = None  # they pressed the button and have read why
    if buzz is not None:
        await tx.outbox.put(
            Outgoing(
                key=key,
                news=BuzzNews(after.id, buzz, now),
                dedupe=f"buzz:{after.id}:{after.version}",
                to_user=after.owner,
            )
        )
    await tx.audit(
        AuditEntry(
            actor=by,
            action=action,
            subject=after.id,
            result=after.reason_code or "ok",
            params=(
                ("state", after.state.value),
                ("version", str(after.version)),
                ("terms_version", str(after.terms_version)),
                ("environment", after.environment.value),
                ("order", after.text),
                *_policy(after),
            ),
        )
    )


async def _keep_reservation(tx: Tx, after: Intent, now: datetime) -> None:
    """What the order holds of the limits follows its state in the same transaction (I23)."""
    held = await tx.reservations.get(after.id)
    if held is None:
        return
    now_held = kept(held, after, now)
    if now_held != held:
        await tx.reservations.put(now_held)


async def _keep_mandate(tx: Tx, after: Intent, *, by: str) -> None:
    """What the order used of its mandate is given back when it is proven that it never was at the market, and
    counts again when it turns out to have been (F29)."""
    if after.mandate is None or not after.mandate.taken:
        return
    use = await tx.mandates.use_of(after.id)
    if use is None or use.counts is counts(after):
        return
    mandate = await tx.mandates.get(use.mandate_id)
    use = replace(use, counts=counts(after))
    await tx.mandates.put_use(use)
    result = "counts" if use.counts else "given_back"
    await tx.audit(AuditEntry(by, "mandate.use", use.mandate_id, result, (("order", after.id),)))
    if mandate is not None and mandate.today is not None and mandate.today.day == use.day:
        used = together(await tx.mandates.uses(mandate.id, use.day), use.day)
        mandate = after_use(mandate, used)
        await tx.mandates.save(mandate)
        await tell_mandate(tx, mandate)


async def tell_card(tx: Tx, rows: str, news: News, version: int, to_user: str) -> None:
    """A card is to show this version of its subject; what waits with the key `rows` and is older is dropped."""
    await tx.outbox.put(
        Outgoing(key=rows, news=news, dedupe=f"{rows}:{version}", to_user=to_user, collapse="card")
    )


async def tell_mandate(tx: Tx, mandate: Mandate) -> None:
    """Its holder, those who were asked and who granted it each have a message, edited in place."""
    for person in mandate.people:
        key = f"mandate:{mandate.id}:{person}"
        await tell_card(tx, key, MandateNews(mandate.id, person), mandate.version, person)


def _policy(intent: Intent) -> tuple[tuple[str, str], ...]:
    """Which version of the policy decided, and how (I79)."""
    verdict = intent.verdict
    if verdict is None:
        return ()
    return ("policy", str(verdict.policy_version)), ("rules", verdict.outcome.value)


async def tell_approvers(tx: Tx, request: ApprovalRequest) -> None:
    """Each who was asked has a message of their own; all of them show the request as it is now."""
    for asked in request.asked:
        key = f"approval:{request.id}:{asked.person}"
        await tell_card(tx, key, ApprovalNews(request.id, asked.person), request.version, asked.person)


async def refusal_params(tx: Tx, refusal: SenexError) -> tuple[tuple[str, str], ...]:
    """Every reason of a denial, and the version of the policy that held, for the audit (I79)."""
    if not isinstance(refusal, Denied):
        return ()
    codes = ",".join(dict.fromkeys(reason.code for reason in refusal.reasons))
    return ("codes", codes[:200]), ("policy", str((await tx.policies.current()).version))
