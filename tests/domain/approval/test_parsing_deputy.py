"""What is said of deputies and of the rota."""

from datetime import date

import pytest

from senexbot.domain.approval.parsing_deputy import DeputySaid, RotaSaid, parse_deputy, parse_rota
from senexbot.domain.errors import ParseError
from tests.domain.builders import TODAY, fit_to_show  # a Monday


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("<@U0000BEN> until friday", date(2026, 11, 27)),
        ("<@U0000BEN|ben> until FRI", date(2026, 11, 27)),
        ("U0000BEN until monday", TODAY),
        ("U0000BEN until sunday", date(2026, 11, 29)),
        ("U0000BEN until today", TODAY),
        ("U0000BEN until tomorrow", date(2026, 11, 24)),
        ("U0000BEN until 2026-12-24", date(2026, 12, 24)),
        ("U0000BEN off", None),
    ],
)
def test_a_deputy_is_named_until_a_day(text, until):
    assert parse_deputy(text, TODAY) == DeputySaid("U0000BEN", until)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@ben until friday",
        "U0000BEN",
        "U0000BEN friday",
        "U0000BEN for friday",
        "U0000BEN until",
        "U0000BEN until fr",
        "U0000BEN until 2026-11-22",
        "U0000BEN until 2026-12-25",
        "U0000BEN until friday please",
        "U0000BEN until soon",
    ],
)
def test_what_is_not_understood_says_what_to_say(text):
    with pytest.raises(ParseError) as no:
        parse_deputy(text, TODAY)
    fit_to_show(no.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("monday <@U0000BEN> U000CARA <@U0000BEN>", RotaSaid("monday", ("U0000BEN", "U000CARA"))),
        ("Thu U0000BEN", RotaSaid("thursday", ("U0000BEN",))),
        ("friday off", RotaSaid("friday", ())),
    ],
)
def test_a_rota_has_a_day_and_people_in_order(text, said):
    assert parse_rota(text) == said


@pytest.mark.parametrize(
    "text", ["", "U0000BEN", "monday", "mo U0000BEN", "monday @ben", "monday off U0000BEN"]
)
def test_a_rota_that_is_not_understood_says_what_to_say(text):
    with pytest.raises(ParseError) as no:
        parse_rota(text)
    fit_to_show(no.value)
