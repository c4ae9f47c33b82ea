"""The page of what the simulators cover is whole, true and newly made."""

import pytest

from tests.simcoverage import page, surface


def test_everything_has_a_true_entry() -> None:
    assert list(page.faults()) == []


def test_the_page_is_what_the_entries_say() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.rendered(), "make coverage-page writes it"


def told_otherwise(
    monkeypatch: pytest.MonkeyPatch, key: tuple[str, str], name: str, proof: str | None
) -> list[str]:
    told = page.entries()
    if proof is None:
        del told[key][name]
    else:
        told[key][name] = proof
    monkeypatch.setattr(page, "entries", lambda: told)
    return list(page.faults())


DIVIDENDS = "market/test_sdk_rest.py::test_dividends_and_earnings"
UNTRUE = [
    (("broker", "sdk"), "Account.get_balances", None, "has no entry"),
    (("broker", "sdk"), "Account.get_balances", DIVIDENDS, "does not call it"),
    (("broker", "sdk"), "get_dividends", DIVIDENDS + "_too", "there is no test"),
    (("broker", "routes"), "GET /quote-alerts", None, "has no entry"),
    (
        ("broker", "routes"),
        "GET /quote-alerts",
        "missing: it was forgotten",
        "is served, and said to be missing",
    ),
    (("broker", "routes"), "GET /nowhere", "shape", "is not served"),
    (("broker", "routes"), "GET /span/rows", "missing: ", "no reason is given"),
    (("slack", "methods"), "chat.delete", None, "has no entry"),
    (("slack", "methods"), "chat.delete", "missing: it was forgotten", "is served, and said to be missing"),
    (("slack", "events"), "team_join", None, "has no entry"),
]


@pytest.mark.parametrize(("key", "name", "proof", "fault"), UNTRUE)
def test_what_is_untrue_is_found(
    monkeypatch: pytest.MonkeyPatch, key: tuple[str, str], name: str, proof: str | None, fault: str
) -> None:
    found = told_otherwise(monkeypatch, key, name, proof)
    assert found
    assert all(name in one for one in found)
    assert any(fault in one for one in found)


def test_the_surface_is_asked_of_the_sdks() -> None:
    assert {
        "Account.place_order",
        "get_market_metrics",
        "DXLinkStreamer.get_event_nowait",
    } <= surface.sdk_calls()
    assert {"chat.scheduledMessages.list", "oauth.v2.access"} <= surface.client_slack_methods()
