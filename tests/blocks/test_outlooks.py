"""The lines of what was chosen and of what legs come to at expiration."""

from dataclasses import replace
from datetime import date

import pytest

from senexbot.blocks.outlooks import ahead, at_expiry, chance, chosen, fitted
from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.options.outlook import Change, NetGreeks, Outlook
from senexbot.domain.options.payoff import Payoff
from senexbot.domain.options.probability import Model
from senexbot.domain.policy.verdict import Concentration
from tests.domain.builders import D

from .builders import CALL, PUT, put_terms, strangle
from .builders import terms as share_terms


@pytest.mark.parametrize(
    ("payoff", "line"),
    [
        (None, ""),
        (
            Payoff(D(380), D(120), (D("578.8"), D("626.2"))),
            "Most it can lose $380.00, most it can make $120.00; break-even 578.80 and 626.20",
        ),
        (Payoff(D(250), None, (D("602.5"),)), "Most it can lose $250.00; break-even 602.50"),
        (Payoff(D(250), D(0)), "Most it can lose $250.00, most it can make $0.00"),
        (
            Payoff(None, D(692), (D("558.54"),), D(-5748), D(3348)),
            "At expiry SPY +10 %: loses $5,748.00, −10 %: makes $3,348.00; no cap on the loss; break-even 558.54",
        ),
        (Payoff(None, None), "No cap on the loss"),
        (Payoff(D(400), None, mixed=True), "Most it can lose $400.00; the legs expire on different days"),
        (Payoff(None, None, mixed=True), "The legs expire on different days; no cap on the loss"),
    ],
)
def test_what_it_comes_to(payoff, line):
    assert at_expiry(payoff, "SPY") == line


STRANGLE = strangle()
MOVED = (Change(PUT.occ, D(0), D(-2)), Change(CALL.occ, D(-1), D(-3)))
GREEKS = NetGreeks(D("-24.06"), D("-1.804"), D("40.123"), D("-214"))


def test_the_chance_of_profit_names_its_model():
    model = Model(D(600), D("0.1749"), D(46) / 365)
    assert chance(STRANGLE, None) == ""
    assert chance(STRANGLE, Outlook()) == ""
    assert chance(STRANGLE, Outlook(model=model)) == "chance of profit 51 % (model, at IV 17 %)"
    assert chance(replace(STRANGLE, price=None), Outlook(model=model)) == ""
    far = Outlook(model=replace(model, spot=D(2000)))
    assert chance(STRANGLE, far).startswith("chance of profit under 1 %")
    put = put_terms(price="3.45")
    assert chance(put, far).startswith("chance of profit over 99 %")
    known = Payoff(D(380), D(120))
    assert at_expiry(known, "SPY", "chance of profit 85 %").endswith("make $120.00; chance of profit 85 %")
    assert at_expiry(None, "SPY", "chance of profit 85 %") == ""


@pytest.mark.parametrize(
    ("terms", "known", "share", "line"),
    [
        (STRANGLE, None, None, ""),
        (STRANGLE, Outlook(), None, ""),
        (
            STRANGLE,
            Outlook(MOVED, GREEKS, Change("SPY", D("100"), D("75.94")), asked=True),
            None,
            (
                "This order: Δ −24, Γ −1.8 per $1, Θ +$40.12 a day, vega −$214.00 per IV point · SPY Δ 100 → 76 · "
                "590 put 0 → −2, 640 call −1 → −3"
            ),
        ),
        (
            STRANGLE,
            Outlook((), NetGreeks(D("0.04"), None, None, None), asked=True),
            Concentration(D(12), D("14.4"), D(40)),
            "This order: Δ 0 · SPY 12 % → 14 % of the account, limit 40 %",
        ),
        (
            put_terms(),
            Outlook(MOVED[:1], asked=True),
            Concentration(D(0), D("14.4"), None),
            "Greeks not there in time · position 0 → −2 · SPY 0 % → 14 % of the account",
        ),
        (
            share_terms(),
            Outlook((Change("AAPL", D(1100), D(1200)),)),
            None,
            "Position 1,100 → 1,200",
        ),
    ],
)
def test_what_the_order_changes(terms, known, share, line):
    assert ahead(terms, known, share) == line


def test_legs_of_several_days_are_named_with_theirs():
    later = OptionContract("SPY", date(2027, 1, 15), Right.PUT, D(590))
    leg = replace(STRANGLE.legs[1], symbol=later.occ)
    calendar = replace(STRANGLE, legs=(STRANGLE.legs[0], leg))
    known = Outlook((Change(PUT.occ, D(0), D(-2)), Change(later.occ, D(0), D(2))))
    assert ahead(calendar, known) == "18 Dec 590 put 0 → −2, 15 Jan 590 put 0 → 2"
    odd = Outlook((Change("/ESZ6", D(0), D(1)), Change("<!here>", D(0), D(1))))
    assert ahead(calendar, odd) == "/ESZ6 0 → 1, &lt;!here&gt; 0 → 1"


def test_choices_are_one_line_and_never_without_an_end():
    assert chosen(()) == ""
    assert chosen(("closes 2 of 4 <!channel>", "mid")) == "Closes 2 of 4 &lt;!channel&gt; · mid"
    many = chosen(tuple(f"choice {n}" for n in range(9)))
    assert many.endswith("choice 4 · and 4 more")


@pytest.mark.parametrize(
    ("taken", "lines", "shown"),
    [
        (0, ("", "", "e", "m", "", "", "f"), ("e", "m", "f")),
        (0, ("c", "o", "e", "m", "", "", "f"), ("c", "o", "e", "m", "f")),
        (1, ("c", "o", "e", "m", "", "", "f"), ("c · o", "e", "m", "f")),
        (0, ("c", "o", "e", "m", "a", "w", "f"), ("c · o", "e", "m", "a · w", "f")),
        (1, ("c", "o", "e", "m", "a", "w", "f"), ("c · o", "e · m", "a · w", "f")),
        (1, ("c", "", "e", "m", "a", "", "f"), ("c", "e · m", "a", "f")),
        (2, ("", "", "e", "m", "", "", "f"), ("e", "m", "f")),
    ],
)
def test_a_preview_has_six_lines_at_most(taken, lines, shown):
    assert fitted(taken, *lines) == shown
    assert 1 + taken + len(shown) <= 6
