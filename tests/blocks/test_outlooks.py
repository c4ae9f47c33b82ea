"""The lines of what was chosen and of what legs come to at expiration."""

import pytest

from senexbot.blocks.outlooks import at_expiry, chosen, fitted
from senexbot.domain.payoff import Payoff
from tests.domain.builders import D


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
