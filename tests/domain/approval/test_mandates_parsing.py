"""The words of a mandate: what each text grants, what is refused with what to say, and the way back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from senexbot.domain.approval.mandates_parsing import LONGEST_DAYS, MandateSaid, parse_mandate
from senexbot.domain.approval.mandates_terms import Cap, Kind, MandateTerms, Per, mandate_text
from senexbot.domain.errors import ParseError
from senexbot.domain.orders.terms import Side
from tests.domain.builders import TODAY, D, fit_to_show  # a Monday

FRIDAY = date(2026, 11, 27)


def terms(count, symbol, kind, until=FRIDAY, **more):
    return MandateTerms(D(count), symbol, kind, until, **more)


TEXTS = [
    (
        "at most 10 SPY strangles a day at 16 delta or less, until Friday",
        terms(10, "SPY", Kind.STRANGLE, delta=D(16)),
        "at most 10 SPY strangles a day at 16 delta or less until 2026-11-27",
    ),
    (
        "at most 5 short QQQ iron condors a day for 1.00 credit or better until 2026-12-11",
        terms(5, "QQQ", Kind.IRON_CONDOR, date(2026, 12, 11), side=Side.SELL, price=D(1)),
        "at most 5 short QQQ iron condors a day for 1.00 credit or better until 2026-12-11",
    ),
    (
        "up to 3 spy verticals a day, loss 500 an order, until tomorrow",
        terms(3, "SPY", Kind.VERTICAL, date(2026, 11, 24), loss=Cap(D(500), Per.ORDER)),
        "at most 3 SPY verticals a day loss $500 an order until 2026-11-24",
    ),
    (
        "max 20 sold SPY puts a day at 20Δ or less in 0001 until 18DEC26",
        terms(20, "SPY", Kind.PUT, date(2026, 12, 18), side=Side.SELL, delta=D(20), account="0001"),
        "at most 20 short SPY puts a day at 20 delta or less in 0001 until 2026-12-18",
    ),
    (
        "at most 10 long AAPL calls per day at 4.50 debit or less until friday 12:00",
        terms(10, "AAPL", Kind.CALL, side=Side.BUY, price=D("-4.50"), minute=720),
        "at most 10 long AAPL calls a day for 4.50 debit or better until 2026-11-27 12:00",
    ),
    (
        "at most 500 AAPL shares a day for $190 debit or better until friday",
        terms(500, "AAPL", Kind.SHARE, price=D(-190)),
        "at most 500 AAPL shares a day for 190.00 debit or better until 2026-11-27",
    ),
    (
        "at most 1,000 BRK.B shares a day, notional 1.5m a day, until today",
        terms(1000, "BRK/B", Kind.SHARE, TODAY, notional=Cap(D(1_500_000), Per.DAY)),
        "at most 1,000 BRK/B shares a day notional $1,500,000 a day until 2026-11-23",
    ),
    (
        "max 2 SPX iron butterflies daily, max loss up to $2,000 per day, in practice, until next friday",
        terms(2, "SPX", Kind.IRON_BUTTERFLY, loss=Cap(D(2000), Per.DAY), account="practice"),
        "at most 2 SPX iron butterflies a day loss $2,000 a day in practice until 2026-11-27",
    ),
    (
        "at most 1 IWM strangle a day until 4 dec 26",
        terms(1, "IWM", Kind.STRANGLE, date(2026, 12, 4)),
        "at most 1 IWM strangle a day until 2026-12-04",
    ),
    (
        "no more than 4 bought SPY straddles each day until friday",
        terms(4, "SPY", Kind.STRADDLE, side=Side.BUY),
        "at most 4 long SPY straddles a day until 2026-11-27",
    ),
    (
        "at most 10 SPY options a day up to 30-delta notional 50k each order until friday",
        terms(10, "SPY", Kind.OPTION, delta=D(30), notional=Cap(D(50_000), Per.ORDER)),
        "at most 10 SPY options a day at 30 delta or less notional $50,000 an order until 2026-11-27",
    ),
    (
        "at most 10 SPY puts a day until friday 09:30",
        terms(10, "SPY", Kind.PUT, minute=570),
        "at most 10 SPY puts a day until 2026-11-27 09:30",
    ),
    (
        "at most 10 SPY strangles a day until friday at 12.5 deltas or lower for 2 credit or more",
        terms(10, "SPY", Kind.STRANGLE, delta=D("12.5"), price=D(2)),
        "at most 10 SPY strangles a day at 12.5 delta or less for 2.00 credit or better until 2026-11-27",
    ),
]


@pytest.mark.parametrize(("text", "wanted", "normal"), TEXTS, ids=[text for text, _, _ in TEXTS])
def test_what_is_said_is_what_is_granted(text, wanted, normal):
    assert parse_mandate(text, TODAY) == MandateSaid("", wanted)
    assert mandate_text(wanted) == normal
    assert parse_mandate(normal, TODAY).terms == wanted


@pytest.mark.parametrize("who", ["<@U0000ANA>", "<@U0000ANA|ana>", "U0000ANA"])
def test_it_may_name_another_person_and_a_reason(who):
    said = parse_mandate(f"{who} at most 10 SPY strangles a day until friday because  IV is high ", TODAY)
    assert said == MandateSaid("U0000ANA", terms(10, "SPY", Kind.STRANGLE), "IV is high")


WRONG = [
    ("", "for what", "at most 10 SPY strangles", []),
    ("at most 10 SPY strangles a day", "something is missing", "until and a day", ["until friday"]),
    ("at most 10 SPY strangles a day at 16 delta or less", "the end is missing", "until", ["until friday"]),
    ("at most 10 SPY strangles until friday", "“until” cannot stand", "a day", ["a day until friday"]),
    ("10 SPY strangles a day until friday", "“10” cannot stand", "at most", ["at most 10"]),
    ("at most SPY strangles a day until friday", "“SPY” cannot stand", "a number", []),
    ("at most 10 strangles a day until friday", "“strangles” cannot", "the symbol", []),
    ("at most 10 SPY strangels a day until friday", "“strangels” cannot", "strangles", ["strangles"]),
    ("at most 10 SPY strangles a day at 16 delta until friday", "or less?", "16 delta or less", ["or less"]),
    ("at most 10 SPY strangles a day at 0.16 delta or less until friday", "no delta", "at 16 delta", []),
    ("at most 10 SPY strangles a day at 100 delta or less until friday", "no delta", "1 to 99", []),
    ("at most 500 AAPL shares a day at 16 delta or less until friday", "no delta", "Leave it out", []),
    ("at most 10 short AAPL shares a day until friday", "not offered", "Leave the word out", []),
    ("at most 500 AAPL shares a day for 190 credit or better until friday", "a debit", "190 debit", []),
    ("at most 1.5 SPY strangles a day until friday", "whole ones", "Say how many", []),
    ("at most 0 SPY strangles a day until friday", "1 to 10,000", "Say how many", []),
    ("at most 10001 SPY strangles a day until friday", "1 to 10,000", "Say how many", []),
    ("at most 10 short SPY strangles a day loss 500 a day until friday", "no cap", "iron condors", []),
    ("at most 10 SPY verticals a day loss 500 until friday", "a day, or an order?", "500 a day", ["500 a day", "500 an order"]),
    ("at most 10 SPY verticals a day loss 99.50 a day until friday", "no amount", "whole dollars", []),
    ("at most 10 SPY puts a day for 1.00 until friday", "“until” cannot", "credit or debit", []),
    ("at most 10 SPY puts a day for 1.00 credit until friday", "or better?", "1.00 credit", ["or better"]),
    ("at most 10 SPY puts a day for 1.00 credit or less until friday", "without an end", "or better", []),
    ("at most 10 SPY puts a day for 1.00 debit or more until friday", "without an end", "or better", []),
    ("at most 10 SPY puts a day for 0 credit or better until friday", "no price", "above zero", []),
    ("at most 10 long SPY puts a day for 1.00 credit or better until friday", "for a debit", "debit or", []),
    ("at most 10 short SPY puts a day for 1.00 debit or better until friday", "for a credit", "credit or", []),
    ("at most 10 SPY puts a day until friday until monday", "said twice", "once", []),
    ("at most 10 SPY puts a day until friday 25:00", "no time", "12:00", []),
    ("at most 10 SPY puts a day until friday 12:60", "no time", "12:00", []),
    ("at most 10 SPY puts a day until 2027-06-01", "at most 31 days", "2026-12-24", []),
    ("at most 10 SPY puts a day until 2026-11-22", "is over", "not over", []),
    ("@ana at most 10 SPY puts a day until friday", "nobody here", "Mention the person", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint", "offers"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_not_understood_says_what_to_say(text, message, hint, offers):
    with pytest.raises(ParseError) as no:
        parse_mandate(text, TODAY)
    fit_to_show(no.value)
    assert message in no.value.message
    assert hint in no.value.hint
    said = [offer.command for offer in no.value.suggestions]
    assert len(said) >= len(offers)
    for offer, command in zip(offers, said, strict=False):
        assert offer in command
        parse_mandate(command.removeprefix("mandate "), TODAY)


def test_an_offer_names_the_person_too():
    with pytest.raises(ParseError) as no:
        parse_mandate("U0000ANA at most 10 SPY puts a day", TODAY)
    assert no.value.suggestions[0].command == "mandate U0000ANA at most 10 SPY puts a day until friday"


MONEY = st.integers(1, 10_000_000).map(D)
CAPS = st.none() | st.builds(Cap, MONEY, st.sampled_from(Per))


@st.composite
def any_terms(draw):
    kind = draw(st.sampled_from(Kind))
    side = draw(st.sampled_from([None, Side.BUY] + ([] if kind is Kind.SHARE else [Side.SELL])))
    price = draw(st.none() | st.decimals("0.01", "9999", places=2))
    if price is not None:
        debit = kind is Kind.SHARE or side is Side.BUY or (side is None and draw(st.booleans()))
        price = -price if debit else price
    made = MandateTerms(
        count=D(draw(st.integers(1, 10_000))),
        symbol=draw(st.sampled_from(["SPY", "BRK/B", "F", "AT", "IN", "DAY", "X1"])),
        kind=kind,
        until=TODAY + timedelta(days=draw(st.integers(0, LONGEST_DAYS))),
        minute=draw(st.none() | st.integers(0, 1439)),
        side=side,
        delta=None if kind is Kind.SHARE else draw(st.none() | st.decimals(1, 99, places=1)),
        price=price,
        notional=draw(CAPS),
        loss=draw(CAPS),
        account=draw(st.sampled_from(["", "0001", "practice", "wt00001"])),
    )
    assume(not (made.loss and side is Side.SELL and kind in {Kind.STRANGLE, Kind.STRADDLE}))
    return made


@given(any_terms())
def test_law_the_normal_form_reads_back_to_the_same_mandate(wanted):
    assert parse_mandate(mandate_text(wanted), TODAY).terms == wanted


@given(any_terms(), st.data())
def test_law_a_changed_character_is_seen_in_the_normal_form(wanted, data):
    """What another text would grant is shown in full before it is granted: never the same words for other terms."""
    text = mandate_text(wanted)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from("0123456789abcdt .,/$:")) + text[at + 1 :]
    try:
        read = parse_mandate(changed, TODAY)
    except ParseError as no:
        fit_to_show(no)
        return
    assert (mandate_text(read.terms) == text) == (read.terms == wanted)


def test_it_ends_by_new_yorks_clock():
    zone = ZoneInfo("America/New_York")
    assert terms(1, "SPY", Kind.PUT).ends(zone) == datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
    assert terms(1, "SPY", Kind.PUT, minute=720).ends(zone) == datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
