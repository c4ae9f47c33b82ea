"""The order ticket in every state."""

from __future__ import annotations

from collections.abc import Mapping

from senexbot.blocks import ticket as form
from senexbot.blocks.kit import Message, Modal
from senexbot.domain.ticket.form import PricingKind, Ticket

ACCOUNTS = (("0001", "PRACTICE …0001 Individual"), ("0002", "PRACTICE …0002 Roth IRA"))
STRANGLE = Ticket(
    "sell", "2", "SPY", "45d 16Δ", "strangle", PricingKind.MID, time="gtc", exits="tp 50% sl 2x"
)


def ticket_cards() -> Mapping[str, Message | Modal]:
    return {
        "loading": form.ticket_loading(private_metadata="k"),
        "untouched": form.ticket_modal(Ticket(), form.Reading(), private_metadata="k"),
        "filled in": form.ticket_modal(
            STRANGLE,
            form.Reading(
                first="Sell 2 SPY strangles for 3.46 credit ($692), GTC",
                market="3.40 bid / 3.52 ask, mid 3.46 · 1 s old",
                lines=("8 Jan 27 (45 days): 562 put Δ −0.16, 630 call Δ 0.16",),
                fine="This order: Δ 2.1, Θ +$40.12 a day · SPY Δ 100 → 102 · 562 put 0 → −2, 630 call 0 → −2",
            ),
            private_metadata="k",
            environment_label="PRACTICE",
            accounts=ACCOUNTS,
        ),
        "not an order yet": form.ticket_modal(
            Ticket(quantity="ten", symbol="AAPL", time="until 18DEC26"),
            form.Reading(
                problem="“ten” is not a quantity. <!channel> *bold*",
                market="AAPL 187.44 bid / 187.50 ask, mid 187.47 · 1 s old",
            ),
            private_metadata="k",
            accounts=ACCOUNTS[:1],
        ),
        "asking": form.ticket_busy(private_metadata="k"),
        "previewed": form.ticket_done("The preview stands in your messages.", private_metadata="k"),
        "nothing sent": form.ticket_over("The account is closed.", private_metadata="k"),
        "opened": form.ticket_opened(),
        "offered": form.ticket_offered("k"),
    }
