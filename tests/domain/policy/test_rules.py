"""Each rule of the policy just under, at and just over its thresholds, and what is not known (I22, I24)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from senexbot.domain.errors import Denied
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import AccountRef, Environment, Role
from senexbot.domain.orders.terms import Action, ChildRole, ChildTerms, OrderType, TimeInForce
from senexbot.domain.policy.assess import assess
from senexbot.domain.policy.clear import passing_words, require_not_denied
from senexbot.domain.policy.codes import POLICY_CODES
from senexbot.domain.policy.measures import OrderMarket, Risk
from senexbot.domain.policy.reservations import Hold, print_of
from senexbot.domain.policy.rules import (
    DEFAULTS,
    Approvers,
    Entry,
    Hours,
    Limit,
    Number,
    Policy,
    Products,
    Restricted,
    RuleName,
    Scope,
    ScopeKind,
)
from senexbot.domain.policy.verdict import ApprovalNeed, Concentration, Exposure, Outcome
from tests.domain.builders import ACCOUNT, NOW, PUT, TODAY, D, future, option, terms
from tests.domain.policy.cases import (
    CALL,
    MARKET,
    ZONE,
    balances,
    codes,
    elsewhere_in,
    estimate,
    facts,
    held,
    limit,
    of,
    policy,
    position,
    short_call,
    short_put,
)

R = RuleName
CLEAR, ASK, NO = Outcome.CLEAR, Outcome.NEEDS_APPROVAL, Outcome.DENIED
SAME = print_of(terms())
SIZES = [
    # rule, code, case, the figure it has
    (R.NOTIONAL, "limit_notional", facts(), "18750"),
    (R.NOTIONAL, "limit_notional", facts(terms(price=None)), "18750"),
    (R.NOTIONAL, "limit_notional", facts(terms(), ours=(held(),)), "28750"),
    (R.NOTIONAL, "limit_notional", facts(terms(), elsewhere=(held(intent_id=""),)), "28750"),
    (R.NOTIONAL, "limit_notional", facts(short_put(2)), "118000"),
    (R.SHARES, "limit_shares", facts(), "100"),
    (R.SHARES, "limit_shares", facts(ours=(held(1), held(2))), "300"),
    (R.CONTRACTS, "limit_contracts", facts(short_put(3)), "3"),
    (R.LOSS, "limit_loss", facts(), "18750"),
    (R.LOSS, "limit_loss", facts(short_put()), "59000"),
    (R.LOSS, "limit_loss", facts(terms(quantity=2, price="-3.40", instrument=option())), "680"),
    (R.UNCAPPED, "limit_uncapped", facts(short_call(3)), "3"),
    (R.UNCAPPED, "limit_uncapped", facts(short_call(3), positions=(position(quantity=150),)), "1.5"),
    (R.BUYING_POWER, "limit_buying_power", facts(estimate=estimate(9_000), estimated=True), "39"),
    (
        R.BUYING_POWER,
        "limit_buying_power",
        facts(estimate=estimate(9_000), estimated=True, ours=(held(hold=Hold.CLAIMED),)),
        "44",
    ),
    (R.CONCENTRATION, "limit_concentration", facts(), "18.75"),
    (R.CONCENTRATION, "limit_concentration", facts(positions=(position(),)), "38.75"),
    (R.CONCENTRATION, "limit_concentration", facts(ours=(held(),)), "28.75"),
    (R.DAILY_LOSS, "daily_loss", facts(balances=balances(day_change=D(-1_000))), "1000"),
    (R.ORDERS, "limit_orders", facts(ours=(held(),), elsewhere=(held(intent_id=""),)), "3"),
    (R.THROTTLE, "limit_throttle", facts(ours=(held(1, ago=59), held(2, ago=60))), "2"),
    (R.COLLAR, "limit_collar", facts(terms(price="-225")), "20"),
    (R.COLLAR, "limit_collar", facts(terms(Action.SELL_TO_CLOSE, price="140.58")), "25"),
]
STEP = D("0.01")


@pytest.mark.parametrize(("rule", "code", "case", "figure"), SIZES)
def test_just_under_at_and_just_over_each_threshold(rule, code, case, figure):
    value = D(figure)
    for distance, outcome in ((STEP, CLEAR), (D(0), CLEAR), (-STEP, NO)):
        verdict = of(rule, Limit(None, value + distance), case)
        assert verdict.outcome is outcome
    (finding,) = verdict.findings
    assert (finding.code, finding.rule, finding.value) == (code, rule.value, value)
    assert code in POLICY_CODES
    asked = of(rule, Limit(value - STEP, value), case)
    assert (asked.outcome, asked.need) == (ASK, ApprovalNeed(1, Role.APPROVER))
    assert of(rule, Limit(value - STEP, value - STEP), case).outcome is NO
    assert codes(of(rule, Limit(), case)) == ()


def test_an_ordinary_order_is_clear_on_a_fresh_desk():
    """The default policy is not in the way of a single trader."""
    for order in (terms(), terms(price=None), short_put(5), short_call(2), terms(Action.SELL_TO_CLOSE, 30)):
        market = (
            MARKET
            if order.legs[0].type is InstrumentType.EQUITY
            else OrderMarket(D(3), D(4), None, usable=True)
        )
        verdict = assess(Policy(), facts(order, market=market, balances=None, eligible=0))
        assert (verdict.outcome, verdict.findings, verdict.policy_version) == (CLEAR, (), 0)
        require_not_denied(verdict)


def test_every_rule_has_a_default():
    assert DEFAULTS.keys() == set(RuleName)


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        (R.NOTIONAL, facts(terms(price=None), market=None)),
        (R.NOTIONAL, facts(elsewhere=None)),
        (R.NOTIONAL, facts(ours=(held(exposure=Exposure()),))),
        (R.LOSS, facts(terms(price=None), market=None)),
        (R.LOSS, facts(elsewhere=None)),
        (R.UNCAPPED, facts(short_call(), positions=None)),
        (R.UNCAPPED, facts(short_call(), elsewhere=None)),
        (R.BUYING_POWER, facts(balances=None, estimate=estimate(), estimated=True)),
        (R.BUYING_POWER, facts(estimated=True)),
        (
            R.BUYING_POWER,
            facts(balances=balances(net_liquidating_value=D(0)), estimate=estimate(), estimated=True),
        ),
        (
            R.BUYING_POWER,
            facts(estimate=estimate(), estimated=True, ours=(held(hold=Hold.CLAIMED, exposure=Exposure()),)),
        ),
        (R.CONCENTRATION, facts(balances=None)),
        (R.CONCENTRATION, facts(positions=None)),
        (R.CONCENTRATION, facts(positions=(position(mark=None, average_open_price=D(0)),))),
        (R.DAILY_LOSS, facts(balances=None)),
        (R.DAILY_LOSS, facts(balances=balances(day_change=None))),
        (R.ORDERS, facts(elsewhere=None)),
        (R.COLLAR, facts(market=None)),
        (R.COLLAR, facts(market=replace(MARKET, usable=False))),
        (R.COLLAR, facts(market=OrderMarket(D(1), None, None, usable=True))),
    ],
)
def test_i22_what_cannot_be_evaluated_refuses(rule, case):
    verdict = of(rule, limit(None, 1_000_000), case)
    assert verdict.outcome is NO
    assert (verdict.findings[-1].code, verdict.missing) == ("policy_unknown", ())
    assert rule.value in {finding.rule for finding in verdict.findings}


def test_i22_a_limit_order_that_only_closes_passes_with_the_missing_check_named():
    closing = facts(
        terms(Action.SELL_TO_CLOSE, 30), market=None, balances=None, positions=None, elsewhere=None
    )
    verdict = assess(Policy(), closing)
    assert verdict.outcome is CLEAR
    assert verdict.missing == ("price collar not checked: there is no fresh quote",)
    then = ChildTerms(ChildRole.THEN, terms().legs, OrderType.LIMIT, D("-1"), TimeInForce.DAY)
    opening = replace(closing, terms=replace(closing.terms, children=(then,)))
    assert assess(Policy(), opening).outcome is NO


def test_a_closing_order_is_not_a_matter_of_limits():
    tight = policy({rule: limit(0, 0) for rule in (R.NOTIONAL, R.SHARES, R.ORDERS, R.THROTTLE, R.DAILY_LOSS)})
    assert assess(tight, facts(terms(Action.SELL_TO_CLOSE, 30))).outcome is CLEAR


# --- orders that count as one --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        (held(hold=Hold.WORKING, ago=80_000, day=TODAY - timedelta(days=1)), True),  # still open
        (held(hold=Hold.ENDED, ago=899), True),
        (held(hold=Hold.ENDED, ago=900), False),
        (held(hold=Hold.ENDED, ago=899, day=TODAY - timedelta(days=1)), False),  # I68: another trading day
        (held(hold=Hold.ENDED, ago=10, share=D(0)), False),  # ended unfilled
        (held(hold=Hold.VOID, share=D(0)), False),
        (held(opens=False), False),
        (held(underlying="SPY"), False),
        (held(account="5WT00002"), False),
        (held(environment=Environment.LIVE), False),
    ],
)
def test_several_small_orders_in_a_window_count_as_one(other, counts):
    verdict = of(R.NOTIONAL, limit(None, 20_000), facts(ours=(other,)))
    assert (verdict.outcome is NO) is counts
    if counts:
        assert (
            verdict.findings[0].words == "notional $28,750.00 with 1 other order beside it, limit $20,000.00"
        )


def test_what_has_filled_counts_by_its_share():
    half = facts(
        ours=(
            held(hold=Hold.ENDED, share=D("0.5")),
            held(2, exposure=replace(held().exposure, notional=D(0))),
        )
    )
    assert of(R.NOTIONAL, limit(None, 23_750), half).outcome is CLEAR
    assert of(R.NOTIONAL, limit(None, "23749.99"), half).outcome is NO


def test_without_a_window_only_open_orders_count():
    rules = policy({R.SPLITTING: Number(0), R.NOTIONAL: limit(None, 20_000)})
    assert assess(rules, facts(ours=(held(hold=Hold.ENDED),))).outcome is CLEAR
    assert assess(rules, facts(ours=(held(1), held(2)))).findings[0].value == D(38_750)


def test_orders_of_the_day_leave_out_what_never_left():
    """I68: by the exchange's trading day."""
    others = (
        held(1, hold=Hold.VOID, share=D(0)),
        held(2, day=TODAY - timedelta(days=1)),
        held(3, account="5WT00002"),
        held(4, hold=Hold.ENDED, share=D(0)),
    )
    assert of(R.ORDERS, limit(None, 1), facts(ours=others)).findings[0].value == D(2)


def test_the_throttle_counts_a_persons_orders_in_every_account():
    others = (held(1, account="5WT00002"), held(2, owner="U2"))
    assert of(R.THROTTLE, limit(None, 1), facts(ours=others)).findings[0].value == D(2)


@pytest.mark.parametrize(
    ("other", "is_double"),
    [
        (held(print=SAME, ago=59.9), True),
        (held(print=SAME, ago=60), False),
        (held(print=SAME, ago=1, share=D(0)), False),
        (held(print=SAME, ago=1, account="5WT00002"), False),
        (held(ago=1), False),
    ],
)
def test_the_same_order_twice_within_a_minute(other, is_double):
    verdict = assess(Policy(), facts(ours=(other,)))
    assert codes(verdict) == (("duplicate",) if is_double else ())
    assert verdict.passes is None


def test_a_double_says_how_long_to_wait():
    verdict = assess(Policy(), facts(ours=(held(print=SAME, ago=12),)))
    assert verdict.findings[0].words.startswith("the same order was sent 12 s ago: wait 48 s")
    closing = facts(terms(Action.SELL_TO_CLOSE, 30))
    twice = replace(closing, ours=(held(print=print_of(closing.terms), opens=False),))
    assert codes(assess(Policy(), twice)) == ("duplicate",)


# --- greatest loss -------------------------------------------------------------------------------


def test_a_loss_without_a_cap_is_over_every_limit_on_the_loss():
    denied = of(R.LOSS, limit(1, 999_999), facts(short_call()))
    assert (denied.outcome, denied.findings[0].words) == (NO, "no cap on the loss, limit $999,999.00")
    assert of(R.LOSS, limit(999_999), facts(short_call())).outcome is ASK


def test_shares_that_are_held_cover_short_calls():
    covered = facts(short_call(2), positions=(position(quantity=200), position("SPY", 900, underlying="SPY")))
    assert of(R.UNCAPPED, limit(None, 0), covered).outcome is CLEAR
    assert of(R.LOSS, limit(None, 40_000), covered).outcome is CLEAR
    assert of(R.LOSS, limit(None, 39_999), covered).findings[0].value == D(40_000)
    taken = position(CALL.occ, -1, multiplier=D(100), instrument_type=InstrumentType.EQUITY_OPTION)
    long = position(PUT.occ, -3, multiplier=D(100), instrument_type=InstrumentType.EQUITY_OPTION)
    some = replace(covered, positions=(position(quantity=200), taken, long))
    assert of(R.UNCAPPED, limit(None, 0), some).findings[0].value == D(1)
    beside = replace(
        covered,
        ours=(
            held(
                exposure=Exposure(notional=D(1), greatest_loss=D(1), uncapped=True, uncapped_contracts=D(1))
            ),
        ),
    )
    assert of(R.UNCAPPED, limit(None, 0), beside).findings[0].value == D(1)


def test_the_payoff_of_several_legs_is_taken_as_it_is_told():
    condor = facts(short_call(2), risk=Risk(D(760)))
    assert of(R.LOSS, limit(None, 760), condor).outcome is CLEAR
    assert of(R.LOSS, limit(None, 759), condor).findings[0].value == D(760)
    strangle = facts(short_call(2), risk=Risk(None, D(2)))
    assert of(R.UNCAPPED, limit(None, 1), strangle).outcome is NO


# --- what, when, how far -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "order", "words"),
    [
        (Entry("AAPL"), terms(), "AAPL is restricted: it can only be closed"),
        (Entry("AAPL", None, TODAY), terms(), "AAPL is restricted until 2026-11-23: it can only be closed"),
        (Entry("AAPL", TODAY, None), terms(), "AAPL is restricted: it can only be closed"),
        (Entry("AAPL", TODAY + timedelta(days=1)), terms(), ""),
        (Entry("AAPL", None, TODAY - timedelta(days=1)), terms(), ""),
        (Entry("SPY"), terms(), ""),
        (Entry("AAPL"), terms(Action.SELL_TO_CLOSE, 30), ""),
        (Entry("AAPL", closing_too=True), terms(Action.SELL_TO_CLOSE, 30), "AAPL is restricted"),
        (Entry("/ES"), terms(instrument=future()), "/ES is restricted: it can only be closed"),
    ],
)
def test_restricted_symbols_with_dates(entry, order, words):
    verdict = of(R.RESTRICTED, Restricted((entry,)), facts(order))
    assert [f.words for f in verdict.findings] == ([words] if words else [])


def test_products_that_are_not_allowed():
    shares_only = Products((InstrumentType.EQUITY,))
    assert of(R.PRODUCTS, shares_only, facts()).outcome is CLEAR
    assert codes(of(R.PRODUCTS, shares_only, facts(short_put()))) == ("product",)


@pytest.mark.parametrize(
    ("hours", "passes"),
    [
        (Hours(), True),
        (Hours(600, 601), True),  # 10:00 to 10:01, and it is 10:00 in New York
        (Hours(601, 900), False),
        (Hours(540, 600), False),
    ],
)
def test_hours_are_those_of_the_exchange(hours, passes):
    """I68."""
    assert (of(R.HOURS, hours, facts()).outcome is CLEAR) is passes
    saturday = (NOW + timedelta(days=5)).astimezone(ZONE)
    assert (of(R.HOURS, hours, facts(local=saturday)).outcome is CLEAR) is (hours == Hours())


def test_the_collar_looks_at_limit_orders_and_ignores_cents():
    zero = limit(None, 0)
    assert of(R.COLLAR, zero, facts(terms(price=None))).outcome is CLEAR
    assert of(R.COLLAR, zero, facts(terms(price="-187.60"))).outcome is CLEAR
    assert of(R.COLLAR, zero, facts(terms(price="-187.61"))).outcome is NO
    no_offer = facts(terms(price="-187.60"), market=OrderMarket(None, None, D("187.60"), usable=True))
    assert of(R.COLLAR, zero, no_offer).outcome is CLEAR


def test_the_collar_of_several_legs_goes_by_credit_and_debit():
    legs = (*short_call().legs, *short_put().legs)
    market = OrderMarket(D("3.00"), D("3.50"), None, usable=True)
    credit = facts(replace(short_call(), legs=legs, price=D("2.80")), market=market)
    debit = facts(replace(short_call(), legs=legs, price=D("-3.80")), market=market)
    for case in (credit, debit):
        assert codes(of(R.COLLAR, limit(None, 5), case))[0] == "limit_collar"


def test_figures_of_the_account_hold_what_the_broker_has_seen():
    """A working order is in the broker's figures already, unless it changed after they were read."""

    def with_order(**changes):
        case = facts(estimate=estimate(9_000), estimated=True, ours=(held(**changes),))
        return of(R.BUYING_POWER, limit(None, 0), case).findings[0].value

    assert with_order(hold=Hold.WORKING) == D(39)
    assert with_order(hold=Hold.WORKING, changed_at=NOW) == D(44)
    assert with_order(hold=Hold.WORKING, changed_at=None) == D(39)
    assert with_order(hold=Hold.CLAIMED, account="5WT00002") == D(39)
    assert with_order(hold=Hold.ENDED, share=D("0.5"), changed_at=NOW) == D("41.5")
    assert of(R.BUYING_POWER, limit(None, 0), facts()).outcome is CLEAR  # before the dry run


def test_concentration_values_options_by_mark_and_short_ones_by_strike():
    def share_of(*positions):
        return of(R.CONCENTRATION, limit(None, 0), facts(positions=positions)).findings[0].value

    options = {"multiplier": D(100), "instrument_type": InstrumentType.EQUITY_OPTION}
    assert share_of(position(CALL.occ, 2, mark=D(3), **options)) == D("19.35")
    assert share_of(position(CALL.occ, -2, mark=D(3), **options)) == D("58.75")
    assert share_of(position("SPY", 100, underlying="SPY")) == D("18.75")
    assert share_of(position(mark=None, close_price=D(150))) == D("33.75")
    late = held(hold=Hold.ENDED, ago=80_000, changed_at=NOW, opens=True)
    case = facts(ours=(late, held(2, hold=Hold.ENDED, changed_at=NOW, underlying="SPY")))
    assert of(R.CONCENTRATION, limit(None, 0), case).findings[0].value == D("28.75")


def test_the_share_of_the_account_before_and_after_is_told_where_it_is_limited():
    case = facts(positions=(position(),))
    assert of(R.CONCENTRATION, limit(50, 80), case).concentration == Concentration(D(20), D("38.75"), D(50))
    assert of(R.CONCENTRATION, limit(None, 30), case).concentration == Concentration(D(20), D("38.75"), D(30))
    assert of(R.CONCENTRATION, limit(), case).concentration is None
    unread = of(R.CONCENTRATION, limit(50), facts(positions=None))
    assert unread.concentration is None
    closing = facts(terms(Action.SELL_TO_CLOSE, 30), positions=(position(),))
    assert of(R.CONCENTRATION, limit(50), closing).concentration is None


def test_a_days_loss_that_a_person_has_lifted_counts_no_more():
    down = facts(balances=balances(day_change=D(-5_000)))
    assert of(R.DAILY_LOSS, limit(None, 1_000), down).outcome is NO
    assert of(R.DAILY_LOSS, limit(None, 1_000), replace(down, loss_lifted=True)).outcome is CLEAR
    assert of(R.DAILY_LOSS, limit(0), facts(balances=balances(day_change=D(5_000)))).outcome is CLEAR


# --- what the verdict says besides ---------------------------------------------------------------


def test_the_largest_quantity_that_would_pass_is_named():
    verdict = of(R.NOTIONAL, limit(None, 10_000), facts())
    assert verdict.passes == D(53)
    with pytest.raises(Denied) as denied:
        require_not_denied(verdict)
    assert denied.value.code == "limit_notional"
    assert denied.value.message == "notional $18,750.00, limit $10,000.00; 53 or fewer would pass"
    assert assess(policy({R.NOTIONAL: limit(None, 10_000)}), facts(terms(quantity=53))).outcome is CLEAR
    assert of(R.RESTRICTED, Restricted((Entry("AAPL"),)), facts()).passes == D(0)


def test_the_largest_quantity_of_several_legs_keeps_their_ratio():
    legs = (*short_call(8).legs, *short_put(4).legs)
    order = replace(short_call(), legs=legs, price=D("1.00"))
    sized = facts(order, risk=Risk(D(8_000), D(0)), estimate=estimate(400), estimated=True)
    verdict = of(R.LOSS, limit(None, 4_500), sized)
    assert verdict.passes == D(2)
    half = sized.sized(D(2))
    assert [leg.quantity for leg in half.terms.legs] == [D(4), D(2)]
    assert half.risk == Risk(D(4_000), D(0))
    assert half.estimate.buying_power_before - half.estimate.buying_power_after == D(200)
    assert facts(order, risk=Risk(None, D(8))).sized(D(2)).risk == Risk(None, D(4))


def test_an_order_in_dollars_or_one_that_closes_names_no_quantity():
    dollars = replace(terms(quantity=0, price=None), type=OrderType.NOTIONAL_MARKET, value=D(-500))
    verdict = of(R.NOTIONAL, limit(None, 499), facts(dollars))
    assert (verdict.findings[0].value, verdict.passes) == (D(500), None)
    closing = of(R.COLLAR, limit(None, 1), facts(terms(Action.SELL_TO_CLOSE, price="1")))
    assert (closing.outcome, closing.passes) == (NO, None)
    with pytest.raises(Denied) as denied:
        require_not_denied(closing)
    assert denied.value.message == closing.findings[0].words


def test_an_approval_that_nobody_may_give_is_denied_and_names_the_limit():
    asked = policy({R.NOTIONAL: limit(10_000), R.APPROVERS: Approvers(2, Role.RISK)})
    need = assess(asked, facts(eligible=2))
    assert (need.outcome, need.need) == (ASK, ApprovalNeed(2, Role.RISK))
    require_not_denied(need)
    assert passing_words(need) == "53 or fewer would pass"
    for eligible, who in ((0, "nobody"), (1, "only 1 of the 2 needed")):
        no = assess(asked, facts(eligible=eligible))
        assert (no.outcome, codes(no), no.need) == (NO, ("no_approver", "limit_notional"), None)
        assert no.findings[0].words == f"{who} may approve this now (notional $18,750.00, limit $10,000.00)"


def test_the_gravest_rule_decides():
    both = policy({R.NOTIONAL: limit(1), R.SHARES: limit(None, 1)})
    verdict = assess(both, facts())
    assert codes(verdict) == ("limit_shares", "limit_notional")
    assert verdict.outcome is NO


def test_the_exposure_is_the_orders_own():
    verdict = assess(Policy(), facts(ours=(held(),), estimate=estimate(9_000), estimated=True))
    assert verdict.exposure == Exposure(
        notional=D(18_750), buying_power=D(9_000), greatest_loss=D(18_750), shares=D(100)
    )


def test_an_override_holds_where_it_is_said():
    tight = limit(None, 1)
    for scope, holds in (
        (Scope(ScopeKind.USER, "U1"), True),
        (Scope(ScopeKind.USER, "U2"), False),
        (Scope(ScopeKind.ROLE, "trader"), True),
        (Scope(ScopeKind.ROLE, "risk"), False),
        (Scope(ScopeKind.ACCOUNT, "practice:5WT00001"), True),
        (Scope(ScopeKind.ACCOUNT, "live:5WT00001"), False),
    ):
        verdict = assess(policy({R.NOTIONAL: tight}, scope=scope), facts())
        assert (verdict.outcome is NO) is holds, scope
    assert elsewhere_in("5WT00002") == AccountRef("link1", "5WT00002", Environment.PRACTICE) != ACCOUNT
    assert date(2026, 11, 23) == TODAY
