"""What `policy set` reads, what it refuses at which word, and that what is shown is read back alike."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import ParseError
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import Role
from senexbot.domain.policy.reading import SaidSetting, read_setting
from senexbot.domain.policy.rules import (
    DEFAULTS,
    DESK,
    Approvers,
    Elsewhere,
    Entry,
    Hours,
    Limit,
    Number,
    Products,
    Restricted,
    RuleName,
    Scope,
    ScopeKind,
    Which,
)
from senexbot.domain.policy.words import ABOUT, scope_text, setting_words, value_text, value_words
from tests.domain.builders import D, fit_to_show
from tests.domain.policy.cases import limit

R = RuleName
DAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "rule", "value"),
    [
        ("notional 250000", R.NOTIONAL, limit(None, 250_000)),
        ("notional $100,000/$250,000", R.NOTIONAL, limit(100_000, 250_000)),
        ("NOTIONAL 100000 / 250000", R.NOTIONAL, limit(100_000, 250_000)),
        ("loss 5000/-", R.LOSS, limit(5_000)),
        ("loss -/5000", R.LOSS, limit(None, 5_000)),
        ("shares off", R.SHARES, Limit()),
        ("contracts none", R.CONTRACTS, Limit()),
        ("buying-power 40%/60 %", R.BUYING_POWER, limit(40, 60)),
        ("collar 2.5", R.COLLAR, limit(None, "2.5")),
        ("elsewhere Over", R.ELSEWHERE, Elsewhere(Which.OVER)),
        ("elsewhere any", R.ELSEWHERE, Elsewhere(Which.ANY)),
        ("elsewhere off", R.ELSEWHERE, Elsewhere()),
        ("duplicate 30", R.DUPLICATE, Number(30)),
        ("splitting off", R.SPLITTING, Number(0)),
        ("restricted none", R.RESTRICTED, Restricted()),
        ("restricted gme", R.RESTRICTED, Restricted((Entry("GME"),))),
        ("restricted /es, /CLF7", R.RESTRICTED, Restricted((Entry("/ES"), Entry("/CLF7")))),
        (
            "restricted GME, TSLA until 2026-12-01,AMC from 2026-12-01 closing,",
            R.RESTRICTED,
            Restricted((Entry("GME"), Entry("TSLA", None, DAY), Entry("AMC", DAY, None, closing_too=True))),
        ),
        ("products shares,options,futures", R.PRODUCTS, Products()),
        ("products Shares futures", R.PRODUCTS, Products((InstrumentType.EQUITY, InstrumentType.FUTURE))),
        ("hours 9:30-16:00", R.HOURS, Hours(570, 960)),
        ("hours any", R.HOURS, Hours()),
        ("approvers 2", R.APPROVERS, Approvers(2)),
        ("approvers 1 risk", R.APPROVERS, Approvers(1, Role.RISK)),
        ("notional default", R.NOTIONAL, None),
    ],
)
def test_what_is_read(text, rule, value):
    assert read_setting(text) == SaidSetting(rule, value)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("notional 5 for role Trader", ScopeKind.ROLE, "trader"),
        ("notional 5 for user <@U012AB3CD|ana>", ScopeKind.USER, "U012AB3CD"),
        ("notional 5 for account 0001", ScopeKind.ACCOUNT, "0001"),
        ("daily_loss 5 for account 0001", ScopeKind.ACCOUNT, "0001"),
    ],
)
def test_whom_it_is_for(text, kind, name):
    said = read_setting(text)
    assert (said.kind, said.name) == (kind, name)


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("", None, None),
        ("notonal 5", "notonal", 3),
        ("zzz 5", "zzz", 3),
        ("notional", None, None),
        ("notional for role trader", None, None),
        ("notional five", "five", 4),
        ("notional 1/2/3", "1/2/3", 4),
        ("notional 3/2", "3/2", 4),
        ("notional -5", "-5", 4),
        ("notional 5 for", "for", 5),
        ("notional 5 for everybody else", "for", 5),
        ("notional 5 for role king", "king", 7),
        ("notional 5 for user ana", "ana", None),
        ("daily_loss 5 for user <@U012AB3CD>", "<@U012AB3CD>", 7),
        ("duplicate 1.5", "1.5", 4),
        ("duplicate 1441", "1441", 4),
        ("duplicate 1 2", "2", 5),
        ("restricted ,", ",", 4),
        ("restricted 5X", "5X", 4),
        ("restricted GME until tomorrow", "tomorrow", 6),
        ("restricted GME until", "until", 5),
        ("restricted GME never", "never", 5),
        ("products bonds", "bonds", 4),
        ("hours 16:00-09:30", "16:00-09:30", 4),
        ("hours 25:00-26:00", "25:00-26:00", 4),
        ("hours late", "late", 4),
        ("approvers 9", "9", 4),
        ("elsewhere some", "some", 4),
        ("elsewhere any time", "time", 5),
        ("approvers 2 trader", "trader", 5),
        ("approvers 2 risk now", "now", 6),
    ],
)
def test_what_is_refused_and_at_which_word(text, word, place):
    with pytest.raises(ParseError) as error:
        read_setting(text)
    fit_to_show(error.value)
    assert (error.value.word, error.value.place) == (word, place)


AMOUNTS = st.none() | st.decimals(0, 999_999, places=2)
SYMBOLS = st.from_regex(r"[A-Z]{1,5}", fullmatch=True)
DAYS = st.none() | st.dates()
VALUES = st.one_of(
    st.tuples(st.sampled_from((R.NOTIONAL, R.COLLAR, R.ORDERS)), st.builds(Limit, AMOUNTS, AMOUNTS)),
    st.tuples(st.sampled_from((R.DUPLICATE, R.SPLITTING)), st.builds(Number, st.integers(0, 1_440))),
    st.tuples(
        st.just(R.RESTRICTED),
        st.builds(
            Restricted, st.lists(st.builds(Entry, SYMBOLS, DAYS, DAYS, st.booleans()), max_size=5).map(tuple)
        ),
    ),
    st.tuples(
        st.just(R.HOURS),
        st.builds(Hours, st.integers(0, 700), st.integers(701, 1_440)) | st.just(Hours()),
    ),
    st.tuples(st.just(R.ELSEWHERE), st.builds(Elsewhere, st.sampled_from(Which))),
    st.tuples(
        st.just(R.APPROVERS),
        st.builds(Approvers, st.integers(1, 5), st.sampled_from((Role.APPROVER, Role.RISK))),
    ),
)


@given(VALUES)
def test_what_is_shown_is_read_back_alike(case):
    rule, value = case
    if isinstance(value, Limit) and None not in {value.approve_over, value.deny_over}:
        low, high = sorted((value.approve_over, value.deny_over))
        value = Limit(low, high)
    assert read_setting(f"{rule} {value_text(rule, value)}").value == value


def test_every_default_is_shown_and_read_back():
    for rule, value in DEFAULTS.items():
        assert read_setting(f"{rule} {value_text(rule, value)}").value == value
        assert value_words(rule, value)
    assert ABOUT.keys() == set(RuleName)
    assert read_setting(f"products {value_text(R.PRODUCTS, Products(()))}").value == Products(())


def test_values_for_people():
    assert (
        value_words(R.NOTIONAL, limit(100_000, 250_000))
        == "approval over $100,000.00, denied over $250,000.00"
    )
    assert value_words(R.BUYING_POWER, limit(40)) == "approval over 40 %"
    assert value_words(R.ELSEWHERE, Elsewhere(Which.OVER)) == "those over a limit"
    assert value_words(R.DAILY_LOSS, limit(None, 5_000)) == "reducing over $5,000.00"
    assert value_words(R.SHARES, limit(None, Decimal(10000))) == "denied over 10,000"
    assert value_words(R.LOSS, Limit()) == "no limit"
    assert value_words(R.DUPLICATE, Number(60)) == "60 s"
    assert value_words(R.SPLITTING, Number(15)) == "15 min"
    assert value_words(R.SPLITTING, Number(0)) == "off"
    assert value_text(R.COLLAR, limit(D("2.50"), 50)) == "2.5%/50%"


def test_scopes_and_settings_in_words():
    account = Scope(ScopeKind.ACCOUNT, "practice:5WT00001")
    assert scope_text(DESK) == ""
    assert scope_text(account) == " for account 0001"
    assert scope_text(Scope(ScopeKind.USER, "U1")) == " for user U1"
    assert setting_words(R.SHARES, account, None) == "shares for account 0001: as for everybody"
    assert setting_words(R.SHARES, DESK, limit(None, 5)) == "shares: denied over 5"


def test_one_or_two_persons_lift_a_halt_of_the_desk_or_an_account():
    assert read_setting("resume 2").value == Number(2)
    assert read_setting("resume 1 for account 0001").value == Number(1)
    for wrong in ("resume 0", "resume 3", "resume off", "resume two", "resume 2 for user @ben", "resume 2 3"):
        with pytest.raises(ParseError):
            read_setting(wrong)
    assert [value_words(RuleName.RESUME, Number(n)) for n in (1, 2)] == ["1 person", "2 persons"]
