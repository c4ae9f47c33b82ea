"""Replacements: a claim each, and the reports of the old and the new order together (F40, I7, I16, I17)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import AlreadyHandled, InvariantBroken
from senexbot.domain.news import Buzz
from senexbot.domain.orders.broker_orders import Accepted, BrokerStatus, NotProven, NotSent, RefusedByBroker
from senexbot.domain.orders.intents import IntentState, NewsSource, Replace, ReplaceState
from senexbot.domain.orders.lifecycle import REPLACED_ELSEWHERE, absorb, buzz_for, story_line
from senexbot.domain.orders.moving import claim_replace, replaced, settle_replace
from senexbot.domain.orders.settle_replace import ReplaceLook, looked, next_look_at, proves_nothing_came
from senexbot.domain.orders.terms import Besides, OrderType, TimeInForce, WalkTerms
from senexbot.domain.orders.walking import begun
from tests.domain.builders import NOW, D, after, fill, intent, order, strangle, terms

B, S, R = BrokerStatus, IntentState, ReplaceState
STREAM, SWEEP = NewsSource.STREAM, NewsSource.SWEEP
OLD, NEW = 7, 8


def told(start, *reports, source=STREAM):
    current = start
    for report in reports:
        current = absorb(current, report, source, NOW) or current
    return current


def wanted(number=1, old_id=OLD, old="-187.50", price="-187.51", **changes):
    values = {
        "number": number,
        "identifier": f"sx1-p-1.r{number}",
        "state": R.CLAIMED,
        "old_id": old_id,
        "old_price": D(old),
        "price": D(price),
        "by": "U1",
        "claimed_at": NOW,
        **changes,
    }
    return Replace(**values)


LIVE = told(intent(S.CLAIMED), order(B.LIVE, 2))
CLAIMED = claim_replace(LIVE, wanted(), "h2")


def old(status, updated=9, *fills, **changes):
    return order(status, updated, *fills, id=OLD, **changes)


def new(status=B.CONTINGENT, updated=1, *fills, **changes):
    values = {"id": NEW, "identifier": "sx1-p-1.r1", "replaces": OLD, "price": D("-187.51"), **changes}
    return order(status, updated, *fills, **values)


def done(start=CLAIMED, *reports):
    return told(replaced(start, 1, Accepted(NEW, new()), NOW), *reports)


# --- the claim -----------------------------------------------------------------------------------


def test_a_claim_is_stored_with_a_new_button_and_no_second_one_beside_it():
    """I3, I31: the old button is of an older version; the price stays until the broker has the new one."""
    assert CLAIMED.has_open_replace
    assert (CLAIMED.version, CLAIMED.terms_version, CLAIMED.handle) == (LIVE.version + 1, 2, "h2")
    assert CLAIMED.terms == LIVE.terms
    with pytest.raises(AlreadyHandled) as caught:
        claim_replace(CLAIMED, wanted(2), "h3")
    assert caught.value.code == "moving"


@pytest.mark.parametrize("state", [s for s in S if s is not S.WORKING])
def test_only_a_working_order_is_moved(state):
    with pytest.raises(AlreadyHandled):
        claim_replace(intent(state, facts=LIVE.facts), wanted(), "h2")
    with pytest.raises(AlreadyHandled):
        claim_replace(intent(S.WORKING), wanted(), "h2")


@pytest.mark.parametrize(
    ("price", "by", "confirmed"),
    [("-187.51", "U1", "-187.51"), ("-187.40", "U1", "-187.50"), ("-187.51", "walk", "-187.50")],
)
def test_a_tap_confirms_its_price_and_a_walk_confirms_nothing(price, by, confirmed):
    walks = replace(LIVE, walk=begun(WalkTerms(D("0.01"), 20, D("-188")), NOW))
    claimed = claim_replace(walks if by == "walk" else LIVE, wanted(price=price, by=by), "h2")
    assert claimed.confirmed_price == D(confirmed)
    assert claim_replace(replace(claimed, replacing=None), wanted(), "h").confirmed_price <= D(confirmed)


# --- the usual way -------------------------------------------------------------------------------


def test_the_new_order_takes_the_place_of_the_old_one():
    """Pitfall 47: the answer is the new order; late news of the old number changes nothing but fills."""
    moved = done()
    assert (moved.state, moved.facts.order_id, moved.chain) == (S.WORKING, NEW, (OLD,))
    assert moved.terms.price == D("-187.51")
    assert moved.replacing.state is R.DONE
    assert story_line(CLAIMED, moved).startswith("Price moved from 187.50 to 187.51: order 8 in place of 7.")
    assert buzz_for(CLAIMED, moved) is None
    late = told(moved, old(B.CANCELLED))
    assert (late.state, late.facts.order_id, late.facts.status) == (S.WORKING, NEW, B.CONTINGENT)
    assert absorb(late, old(B.CANCELLED), STREAM, NOW) is None
    assert told(late, new(B.LIVE, 3)).facts.status is B.LIVE


@given(st.permutations([old(B.CANCELLED, 5, replaced_by=NEW), new(), new(B.LIVE, 3), new(B.ROUTED, 2)]))
def test_any_order_of_the_news_ends_with_the_new_order(reports):
    """Pitfall 48, F51: whatever comes first, before or after the answer."""
    current = told(CLAIMED, *reports)
    assert (current.state, current.facts.order_id, current.replacing.state) == (S.WORKING, NEW, R.DONE)
    assert replaced(current, 1, Accepted(NEW, new()), NOW) is None
    assert replaced(current, 1, Accepted(NEW, None), NOW) is None
    assert replaced(current, 1, NotProven("late"), NOW) is None


def test_a_part_filled_before_counts_with_what_fills_after():
    """I17: fills of both numbers add up to the ordered quantity."""
    part = told(CLAIMED, old(B.LIVE, 3, fill("a", 40)))
    moved = done(part, new(B.LIVE, 2, quantity=60))
    assert (moved.facts.filled, moved.facts.quantity) == (40, 100)
    full = told(moved, new(B.FILLED, 4, fill("b", 60), quantity=60))
    assert (full.state, full.facts.filled) == (S.FILLED, 100)


def test_a_fill_of_the_old_order_that_is_told_late_counts():
    moved = told(done(), old(B.CANCELLED, 9, fill("a", 40)))
    assert moved.facts.filled == 40
    assert story_line(done(), moved) == "Filled 40 at 187.50, 60 left."


def test_a_second_move_keeps_the_chain():
    second = claim_replace(done(CLAIMED, new(B.LIVE, 3)), wanted(2, NEW, "-187.51", "-187.52"), "h3")
    newest = {"id": 9, "identifier": "sx1-p-1.r2", "replaces": NEW, "price": D("-187.52")}
    moved = told(second, order(B.LIVE, 1, **newest))
    assert (moved.facts.order_id, moved.chain, moved.terms.price) == (9, (OLD, NEW), D("-187.52"))
    assert told(moved, old(B.CANCELLED, 9, fill("a", 10))).facts.filled == 10
    for late in (new(B.CANCELLED, 9, fill("b", 1)), new(B.CANCELLED, 9, fill("b", 1), replaces=None)):
        assert told(moved, late).facts.status is B.LIVE
        assert told(moved, late).facts.filled == 1


# --- a fill in between ---------------------------------------------------------------------------


def test_a_fill_in_between_drops_the_new_order():
    """Pitfall 49: told as filled, whichever news comes first."""
    both = [old(B.FILLED, 9, fill("a", 100)), new(B.CANCELLED, 3)]
    for reports in (both, both[::-1]):
        current = told(done(), *reports)
        assert current.state is S.FILLED
        assert current.facts.filled == 100
    early = told(CLAIMED, old(B.FILLED, 9, fill("a", 100)))
    assert (early.state, early.replacing.state) == (S.FILLED, R.DROPPED)
    assert told(early, new(B.CANCELLED, 3)).state is S.FILLED


def test_filled_before_its_fills_are_in_is_not_an_end():
    """Pitfall 43, in the middle of a replace."""
    for start in (done(), CLAIMED):
        current = told(start, old(B.FILLED, 9), new(B.CANCELLED, 3))
        assert current.state is S.WORKING
        assert told(current, old(B.FILLED, 9, fill("a", 100))).state is S.FILLED


@pytest.mark.parametrize("start", [CLAIMED, done()])
def test_a_new_order_that_is_rejected_while_the_old_one_stands(start):
    current = told(start, new(B.REJECTED, 3, reject_reason="Not enough buying power"))
    assert (current.state, current.facts.order_id, current.terms.price) == (S.WORKING, OLD, D("-187.50"))
    assert current.replacing.state is R.DROPPED
    assert "Not enough buying power" in story_line(start, current)
    assert buzz_for(start, current) is Buzz.MOVE_FAILED
    assert told(current, old(B.CANCELLED)).state is S.CANCELLED


def test_a_new_order_that_is_rejected_after_the_old_one_went():
    current = told(done(), old(B.CANCELLED), new(B.REJECTED, 3, reject_reason="No"))
    assert (current.state, current.reason) == (S.REJECTED, "No")


def test_a_new_order_that_has_worked_ends_like_any_other():
    live = done(CLAIMED, new(B.LIVE, 3))
    assert told(live, new(B.CANCELLED, 4)).state is S.CANCELLED
    assert told(live, new(B.EXPIRED, 4)).state is S.EXPIRED


# --- answers and doubt ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state", "buzz"),
    [
        (NotSent("no connection"), R.NOT_SENT, Buzz.MOVE_FAILED),
        (RefusedByBroker("cannot_update_order", "could not be updated", 422), R.REFUSED, Buzz.MOVE_FAILED),
        (NotProven("timed out"), R.UNKNOWN, Buzz.MOVE_UNKNOWN),
    ],
)
def test_answers_without_a_new_order(outcome, state, buzz):
    """I8, I9: the order works on at its old price, as far as is known."""
    current = replaced(CLAIMED, 1, outcome, NOW)
    assert (current.state, current.replacing.state, current.terms.price) == (S.WORKING, state, D("-187.50"))
    assert buzz_for(CLAIMED, current) is buzz
    assert story_line(CLAIMED, current)
    assert replaced(CLAIMED, 2, outcome, NOW) is None
    assert replaced(LIVE, 1, outcome, NOW) is None


def test_an_answer_that_cannot_be_read_names_the_new_order():
    """F30."""
    current = replaced(CLAIMED, 1, Accepted(NEW, None), NOW)
    assert (current.facts.order_id, current.chain, current.terms.price) == (NEW, (OLD,), D("-187.51"))
    assert current.price_view is None
    assert told(current, new(B.LIVE, 3, identifier="")).facts.status is B.LIVE


def test_the_end_of_the_old_order_is_held_while_its_replacement_is_open():
    """Pitfall 48: Cancelled is the first sign of a replace; it is no end before that is settled."""
    unknown = replaced(CLAIMED, 1, NotProven("timed out"), NOW)
    held = told(unknown, old(B.CANCELLED, 9, replaced_by=NEW))
    assert (held.state, held.facts.status, held.replacing.new_id) == (S.WORKING, B.LIVE, NEW)
    assert told(held, new(B.LIVE, 3, identifier="")).facts.order_id == NEW
    nothing = settle_replace(told(unknown, old(B.CANCELLED)), R.NOT_DONE, "not seen")
    assert (nothing.state, nothing.replacing.state) == (S.CANCELLED, R.NOT_DONE)
    stands = settle_replace(unknown, R.NOT_DONE, "not seen")
    assert (stands.state, stands.version) == (S.WORKING, unknown.version + 1)


def test_an_unknown_replacement_is_known_by_what_it_replaces_when_it_lost_its_name():
    unknown = replaced(CLAIMED, 1, NotProven("timed out"), NOW)
    bare = new(B.LIVE, 3, identifier="")
    assert told(unknown, bare).facts.order_id == NEW
    other = replace(bare, price=D("-186"))
    assert told(unknown, other).facts.order_id == OLD  # somebody else's edit is external
    gone = settle_replace(unknown, R.NOT_DONE, "not seen")
    assert told(gone, new(B.LIVE, 3)).facts.order_id == NEW  # a late sighting wins (F33)


def test_an_edit_in_the_brokers_own_app_is_external():
    """F43: whatever tag the broker leaves on it; the card follows the end of ours."""
    live = done(CLAIMED, new(B.LIVE, 3))
    edited = {"id": 99, "replaces": NEW, "price": D("-180")}
    for identifier in ("", "sx1-p-1", "sx1-p-1.r1"):
        assert absorb(live, order(B.LIVE, 3, identifier=identifier, **edited), STREAM, NOW) is None
    assert told(live, new(B.CANCELLED, 9, replaced_by=99)).state is S.CANCELLED
    unknown = replaced(CLAIMED, 1, NotProven("timed out"), NOW)
    theirs = order(B.LIVE, 3, id=99, replaces=OLD, price=D("-180"), identifier="else")
    with pytest.raises(InvariantBroken):
        absorb(unknown, theirs, STREAM, NOW)


def test_two_live_replacements_are_an_alarm():
    """I14: the first was taken for not done, a second one counts, and the first turns up after all."""
    first = settle_replace(replaced(CLAIMED, 1, NotProven("timed out"), NOW), R.NOT_DONE, "not seen")
    second = claim_replace(first, wanted(2, price="-187.52"), "h3")
    with pytest.raises(InvariantBroken, match="taken for not done"):
        absorb(second, new(B.LIVE, 3), STREAM, NOW)
    with pytest.raises(InvariantBroken, match="taken for not done"):
        absorb(LIVE, new(B.LIVE, 3), STREAM, NOW)  # a database put back from a copy


def test_a_foreign_order_is_none_of_the_chain():
    with pytest.raises(InvariantBroken):
        absorb(done(), order(B.LIVE, 3, id=99), STREAM, NOW)


def test_the_market_beside_the_new_price_comes_with_it():
    seen = wanted(view="beside")
    moved = told(claim_replace(replace(LIVE, price_view="before"), seen, "h2"), new(B.LIVE, 3))
    assert moved.price_view == "beside"


def test_prices_of_spreads_are_said_as_credits():
    live = intent(S.WORKING, terms=strangle(), facts=LIVE.facts)
    claimed = claim_replace(live, wanted(old="3.46", price="3.45"), "h2")
    refused = replaced(claimed, 1, RefusedByBroker("x", "no", 422), NOW)
    assert story_line(claimed, refused) == "Price not moved to 3.45 credit, it stays 3.46 credit: no"


DAY, GTC = TimeInForce.DAY, TimeInForce.GTC


def test_a_stop_and_a_time_go_with_the_order_that_counts():
    """And back with it, when the new one ends before the old one does."""
    stop = replace(terms(price=None), type=OrderType.STOP, stop_trigger=D(190))
    live = intent(S.WORKING, terms=stop, facts=LIVE.facts)
    nothing = {"old_price": None, "price": None}
    asked = replace(wanted(), **nothing, old_besides=Besides(D(190), DAY), besides=Besides(D(192), GTC))
    claimed = claim_replace(live, asked, "h2")
    assert claimed.confirmed_price is None
    bare = {"price": None, "stop_trigger": D(192), "time_in_force": "GTC"}
    moved = replaced(claimed, 1, Accepted(NEW, new(**bare)), NOW)
    assert (moved.terms.stop_trigger, moved.terms.time_in_force, moved.terms.price) == (D(192), GTC, None)
    assert story_line(claimed, moved).startswith(
        "Order moved from stop 190.00, today only to stop 192.00, GTC: "
    )
    back = told(moved, new(B.REJECTED, 5, reject_reason="too close", **bare))
    assert (back.facts.order_id, back.terms.stop_trigger, back.terms.time_in_force) == (OLD, D(190), DAY)


def test_only_what_was_replaced_elsewhere_says_so():
    """Late news of the number that our own replacement took out says nothing of the order that counts."""
    live = done(CLAIMED, new(B.LIVE, 3))
    gone = told(live, new(B.CANCELLED, 8), old(B.CANCELLED, 9, replaced_by=NEW))
    assert (gone.state, gone.reason, gone.reason_code) == (S.CANCELLED, "", "")
    dropped = told(done(), new(B.REJECTED, 5), old(B.CANCELLED, 9, replaced_by=NEW))
    assert (dropped.state, dropped.reason_code) == (S.CANCELLED, "")
    edited = told(live, new(B.CANCELLED, 9, replaced_by=99))
    assert edited.reason == "replaced outside of this bot by order 99"
    assert edited.reason_code == REPLACED_ELSEWHERE


# --- the looks -----------------------------------------------------------------------------------


def look(seconds, *, complete=True, shows_old=True):
    return ReplaceLook(after(seconds), complete, shows_old)


def test_when_a_doubtful_replacement_is_looked_for():
    assert next_look_at(wanted()) is None
    doubted = wanted(state=R.UNKNOWN, unknown_since=NOW)
    assert next_look_at(doubted) == NOW
    assert next_look_at(looked(doubted, look(2))) == after(5)
    assert next_look_at(looked(doubted, look(130))) == after(160)
    assert next_look_at(wanted(state=R.UNKNOWN)) == NOW


def test_nothing_came_only_by_the_evidence_rule():
    """I12."""
    doubted = wanted(state=R.UNKNOWN, unknown_since=NOW, looks=2)
    assert proves_nothing_came(doubted, look(120))
    assert not proves_nothing_came(doubted, look(119))
    assert not proves_nothing_came(doubted, look(120, complete=False))
    assert not proves_nothing_came(doubted, look(120, shows_old=False))
    assert not proves_nothing_came(replace(doubted, looks=1), look(120))


def test_a_person_is_called_once():
    """I11."""
    doubted = wanted(state=R.UNKNOWN, unknown_since=NOW)
    quiet = looked(doubted, look(299, complete=False))
    assert (quiet.looks, quiet.told) == (0, False)
    called = looked(quiet, look(300))
    assert (called.looks, called.told) == (1, True)
    before = intent(S.WORKING, replacing=quiet)
    assert buzz_for(before, replace(before, replacing=called)) is Buzz.MOVE_NEEDS_PERSON
    assert story_line(before, replace(before, replacing=called)) == ""
    assert terms().units == 100


def test_the_order_that_counts_is_heard_of_while_its_next_replacement_is_on_its_way():
    """Its news are of no lost order, though it has the name of the replacement before: fills must not be missed (I16)."""
    moved = absorb(CLAIMED, new(B.LIVE, 2), STREAM, NOW)
    again = claim_replace(moved, wanted(2, NEW, "-187.51", "-187.52"), "h3")
    filled = absorb(again, new(B.FILLED, 3, fill("f1", 100)), STREAM, NOW)
    assert (filled.state, filled.facts.filled) == (S.FILLED, 100)
    gone = absorb(again, new(B.CANCELLED, 3, replaced_by=9), STREAM, NOW)
    assert (gone.state, gone.replacing.new_id) == (S.WORKING, 9)
