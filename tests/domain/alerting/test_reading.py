"""What is understood: the table of texts, read and written again."""

from __future__ import annotations

import pytest

from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.terms import AlertTerms, Condition

from .texts import CLAUSES, CONDITIONS, TODAY


@pytest.mark.parametrize(
    ("text", "condition"), [pytest.param(t, c, id=t) for rows in CONDITIONS.values() for t, c in rows]
)
def test_a_condition_is_what_was_meant(text: str, condition: Condition) -> None:
    read = parse_alert(text, TODAY)
    assert read == AlertTerms(condition)
    assert parse_alert(text_of(read), TODAY) == read


@pytest.mark.parametrize(
    ("text", "terms"), [pytest.param(t, c, id=t) for rows in CLAUSES.values() for t, c in rows]
)
def test_a_clause_is_what_was_meant(text: str, terms: AlertTerms) -> None:
    read = parse_alert(text, TODAY)
    assert read == terms
    assert parse_alert(text_of(read), TODAY) == read


@pytest.mark.parametrize("kind", [*CONDITIONS, *CLAUSES])
def test_each_kind_has_six_texts(kind: str) -> None:
    assert len({**CONDITIONS, **CLAUSES}[kind]) >= 6
