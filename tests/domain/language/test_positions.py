"""close, protect, roll and replace, at least eight texts each (issue 3, part 1)."""

from datetime import date, timedelta

import pytest

from senexbot.domain.language import parse, said_text
from senexbot.domain.language.said import (
    AtMultiple,
    AtPercent,
    AtPrice,
    CloseSaid,
    Exits,
    Market,
    Monthly,
    Part,
    Pegged,
    Reference,
    ReplaceSaid,
    RollSaid,
    SameDelta,
    SameStrike,
    Standing,
    Stop,
    StopLimit,
    Units,
    Walk,
)
from senexbot.domain.orders.terms import TimeInForce
from tests.domain.builders import TODAY

from .saying import CALL, CREDIT, DAYS45, DEBIT, DEC18, GTC, JAN15, PUT, at, d, delta, limit, mid, occ

ALL, HALF = Part(1, 1), Part(1, 2)
PUT590 = occ("SPY", DEC18, PUT, 590)
WALK = Walk(d("0.01"), timedelta(seconds=20), d("3.40"))


def units(count):
    return Units(d(count))


CLOSE = [
    ("close AAPL", CloseSaid(ALL, "AAPL")),
    ("close all AAPL", CloseSaid(ALL, "AAPL")),
    ("close half AAPL @ mid", CloseSaid(HALF, "AAPL", pricing=mid())),
    ("close 25% of AAPL mkt", CloseSaid(Part(1, 4), "AAPL", pricing=Market())),
    ("close 50 shares of AAPL @ 190 gtc", CloseSaid(units(50), "AAPL", pricing=limit(190), standing=GTC)),
    ("close all SPY options", CloseSaid(ALL, "SPY", options_only=True)),
    ("close SPY options @ mid", CloseSaid(ALL, "SPY", options_only=True, pricing=mid())),
    ("close SPY puts", CloseSaid(ALL, "SPY", options_only=True, right=PUT)),
    (
        "close all SPY calls @ bid",
        CloseSaid(ALL, "SPY", options_only=True, pricing=Pegged(Reference.BID), right=CALL),
    ),
    ("close SPY 18DEC26", CloseSaid(ALL, "SPY", options_only=True, expiration=DEC18)),
    (
        "close all SPY 18DEC26 options mkt",
        CloseSaid(ALL, "SPY", options_only=True, pricing=Market(), expiration=DEC18),
    ),
    (
        "close SPY 18DEC26 puts for 1.20",
        CloseSaid(ALL, "SPY", options_only=True, pricing=limit("1.20"), right=PUT, expiration=DEC18),
    ),
    (
        "close SPY calls 2026-12-18 gtc",
        CloseSaid(ALL, "SPY", options_only=True, standing=GTC, right=CALL, expiration=DEC18),
    ),
    (
        "close all BRK/B puts in 0001",
        CloseSaid(ALL, "BRK/B", options_only=True, right=PUT, account_hint="0001"),
    ),
    ("close 2 SPY 18DEC26 590p @ 3.40", CloseSaid(units(2), "SPY", PUT590, pricing=limit("3.40"))),
    ("close SPY261218P00590000 @ ask", CloseSaid(ALL, "SPY", PUT590, pricing=Pegged(Reference.ASK))),
    ("close BRK/B 18DEC26 480c", CloseSaid(ALL, "BRK/B", occ("BRKB", DEC18, CALL, 480))),
    ("close /ESZ6 mkt", CloseSaid(ALL, "/ESZ6", pricing=Market())),
    ("close AAPL stop 180 limit 179", CloseSaid(ALL, "AAPL", pricing=StopLimit(d(180), d(179)))),
    (
        "close AAPL stop 180 gtc in 0001",
        CloseSaid(ALL, "AAPL", pricing=Stop(d(180)), standing=GTC, account_hint="0001"),
    ),
    ("close AAPL @ 190 ext", CloseSaid(ALL, "AAPL", pricing=limit(190), standing=Standing(TimeInForce.EXT))),
    (
        "close 2 SPY 18DEC26 590p @ 3.46 walk 0.01 every 20s to 3.40",
        CloseSaid(units(2), "SPY", PUT590, pricing=limit("3.46"), walk=WALK),
    ),
    ("close all ALL", CloseSaid(ALL, "ALL")),
]


def guard(take=None, stop=None, standing=None, amount=ALL, symbol="AAPL", contract=None, hint=""):
    return CloseSaid(amount, symbol, contract, exits=Exits(take, stop, standing), account_hint=hint)


def together(*others):
    exits = Exits(AtPrice(d(1)), AtPrice(d(9)))
    return CloseSaid(units(2), "SPY", PUT590, exits=exits, beside=others)


TP, SL = AtPrice(d(210)), AtPrice(d(180))
PROTECT = [
    ("protect AAPL tp 210 sl 180", guard(TP, SL)),
    ("protect AAPL sl 180 tp 210 gtc", guard(TP, SL, GTC)),
    ("protect AAPL tp 210 sl 180 exits gtc", guard(TP, SL, GTC)),
    ("protect half AAPL sl 180", guard(None, SL, amount=HALF)),
    ("protect 100 AAPL tp 210", guard(TP, amount=units(100))),
    (
        "protect 2 SPY 18DEC26 590p tp 50% sl 2x",
        guard(AtPercent(d(50)), AtMultiple(d(2)), None, units(2), "SPY", PUT590),
    ),
    (
        "protect SPY261218P00590000 tp 1.70 sl 7 until 18DEC26",
        guard(
            AtPrice(d("1.70")),
            AtPrice(d(7)),
            Standing(TimeInForce.GTD, date(2026, 12, 18)),
            ALL,
            "SPY",
            PUT590,
        ),
    ),
    ("protect AAPL tp 210 sl 180 in 0001", guard(TP, SL, hint="0001")),
    ("protect AAPL gtc tp 210 sl 180", guard(TP, SL, GTC)),
    (
        "protect 2 SPY 18DEC26 590p and 15JAN27 580p tp 1 sl 9",
        together(occ("SPY", JAN15, PUT, 580)),
    ),
    ("protect 2 SPY261218P00590000 and 615c tp 1 sl 9", together(occ("SPY", DEC18, CALL, 615))),
    (
        "protect 2 SPY 18DEC26 590p and SPY261218C00615000 and 620c and 575p tp 1 sl 9",
        together(
            *(occ("SPY", DEC18, right, strike) for right, strike in ((CALL, 615), (CALL, 620), (PUT, 575)))
        ),
    ),
    ("protect 2 SPY 18DEC26 590p and SPXW261218P05900000 tp 1 sl 9", together(occ("SPXW", DEC18, PUT, 5900))),
]
ROLL = [
    ("roll SPY 45d same delta", RollSaid("SPY", DAYS45, SameDelta())),
    (
        "roll SPY 45d same delta for 0.40 credit",
        RollSaid("SPY", DAYS45, SameDelta(), pricing=limit("0.40", CREDIT)),
    ),
    (
        "roll SPY puts to 15JAN27 same strike @ 0.40 debit",
        RollSaid("SPY", JAN15, SameStrike(), PUT, pricing=limit("0.40", DEBIT)),
    ),
    ("roll half SPY calls 45d 20Δ @ mid", RollSaid("SPY", DAYS45, delta(20), CALL, HALF, mid())),
    (
        "roll 2 SPY 15JAN27 560p @ mid credit gtc",
        RollSaid("SPY", JAN15, at(560), PUT, units(2), mid(CREDIT), GTC),
    ),
    ("roll SPY 560 put 45d", RollSaid("SPY", DAYS45, at(560), PUT)),
    (
        "roll SPY options to monthly same strike in 0001",
        RollSaid("SPY", Monthly(), SameStrike(), account_hint="0001"),
    ),
    (
        "roll SPY same delta 45d for 0.10 db",
        RollSaid("SPY", DAYS45, SameDelta(), pricing=limit("0.10", DEBIT)),
    ),
    ("roll SPY 16Δ put 45d", RollSaid("SPY", DAYS45, delta(16), PUT)),
]
REPLACE = [
    ("replace 12345 @ 3.40", ReplaceSaid(12345, limit("3.40"))),
    ("replace #12345 to @ 3.40 gtc", ReplaceSaid(12345, limit("3.40"), GTC)),
    ("replace 12345 gtc", ReplaceSaid(12345, None, GTC)),
    ("replace 12345 day", ReplaceSaid(12345, None, Standing(TimeInForce.DAY))),
    ("replace 12345 @ mid-0.05", ReplaceSaid(12345, mid(None, "-0.05"))),
    ("replace 12345 mkt", ReplaceSaid(12345, Market())),
    ("replace 12345 stop 180 limit 179.50", ReplaceSaid(12345, StopLimit(d(180), d("179.50")))),
    ("replace 12345 @ 3.46 walk 0.01 every 20s to 3.40", ReplaceSaid(12345, limit("3.46"), None, WALK)),
    ("replace 12345 walk 0.01 every 20s to 3.40", ReplaceSaid(12345, None, None, WALK)),
    (
        "replace 12345 for 1.20 credit until 18DEC26",
        ReplaceSaid(12345, limit("1.20", CREDIT), Standing(TimeInForce.GTD, date(2026, 12, 18))),
    ),
]
TABLES = (CLOSE, PROTECT, ROLL, REPLACE)
ACCEPTED = [pair for table in TABLES for pair in table]


@pytest.mark.parametrize(("text", "said"), ACCEPTED, ids=[text for text, _ in ACCEPTED])
def test_what_is_said_of_a_position(text, said):
    assert parse(text, TODAY) == said
    assert parse(said_text(said), TODAY) == said


def test_every_subject_is_said_in_eight_ways():
    assert min(len(table) for table in TABLES) >= 8
