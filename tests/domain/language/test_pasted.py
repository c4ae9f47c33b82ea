"""Text pasted from thinkorswim, in the shapes traders share it (issue 3, part 1)."""

from dataclasses import replace
from datetime import date

import pytest

from senexbot.domain.language import parse, said_text
from senexbot.domain.language.said import (
    Market,
    OnDate,
    Standing,
    Stop,
    StopLimit,
    Strategy,
)
from senexbot.domain.orders.terms import TimeInForce
from tests.domain.builders import TODAY

from .saying import (
    BUY,
    CALL,
    CREDIT,
    DEBIT,
    DEC18,
    GTC,
    JAN15,
    PUT,
    SELL,
    at,
    butterfly,
    condor,
    covered,
    d,
    limit,
    mid,
    occ,
    order,
    single,
    strangle,
    two_dates,
    vertical,
)

NOV27 = OnDate(date(2026, 11, 27))
CONDOR = condor(at(580), at(575), at(625), at(630))
PUTS = vertical(PUT, at(580), at(575))
STRADDLE = strangle(at(590), at(590), strategy=Strategy.STRADDLE)
IRON_FLY = condor(at(590), at(580), at(590), at(600), strategy=Strategy.IRON_BUTTERFLY)
CALENDAR = two_dates(Strategy.CALENDAR, CALL, (at(590), DEC18), (at(590), JAN15))
DIAGONAL = two_dates(Strategy.DIAGONAL, CALL, (at(600), DEC18), (at(590), JAN15))
FLY = butterfly(CALL, at(580), at(590), at(600))
WEEKLY = single(PUT, at(590), NOV27)
HELD = occ("SPY", DEC18, PUT, 590)


PASTED = [
    (
        "SELL -1 IRON CONDOR SPY 100 18 DEC 26 625/630/580/575 CALL/PUT @1.20 LMT",
        order(SELL, 1, CONDOR, limit("1.20", CREDIT)),
    ),
    (
        "SELL -1 IRON CONDOR SPY 100 18 DEC 26 625/630/580/575 CALL/PUT @1.20 LMT GTC",
        order(SELL, 1, CONDOR, limit("1.20", CREDIT), GTC),
    ),
    (
        "BUY +1 IRON CONDOR SPY 100 18 DEC 26 625/630/580/575 CALL/PUT @1.20 LMT",
        order(BUY, 1, CONDOR, limit("1.20", DEBIT)),
    ),
    (
        "SELL −10 IRON CONDOR SPY 100 18 DEC 26 625/630/580/575 CALL/PUT @1.20 LMT DAY",
        order(SELL, 10, CONDOR, limit("1.20", CREDIT)),
    ),
    (
        "SELL -1 IRON CONDOR SPY 100 18 DEC 26 625/630/580/575 CALL/PUT @MARK LMT",
        order(SELL, 1, CONDOR, mid(CREDIT)),
    ),
    ("SELL -1 VERTICAL SPY 100 18 DEC 26 580/575 PUT @1.20 LMT", order(SELL, 1, PUTS, limit("1.20", CREDIT))),
    ("sell -1 vertical spy 100 18 dec 26 580/575 put @1.20", order(SELL, 1, PUTS, limit("1.20", CREDIT))),
    (
        "BUY +2 VERTICAL SPY 100 18 DEC 26 590/600 CALL @4.10 LMT [TO OPEN/TO OPEN]",
        order(BUY, 2, vertical(CALL, at(590), at(600)), limit("4.10", DEBIT)),
    ),
    (
        "BOT +2 VERTICAL SPY 100 18 DEC 26 590/600 CALL @4.10",
        order(BUY, 2, vertical(CALL, at(590), at(600)), limit("4.10", DEBIT)),
    ),
    (
        "SELL -2 STRANGLE SPY 100 18 DEC 26 630/562 CALL/PUT @3.46 LMT GTC",
        order(SELL, 2, strangle(at(562), at(630)), limit("3.46", CREDIT), GTC),
    ),
    (
        "SELL -2 STRANGLE SPY 100 18 DEC 26 562/630 PUT/CALL @3.46 LMT",
        order(SELL, 2, strangle(at(562), at(630)), limit("3.46", CREDIT)),
    ),
    (
        "SELL -1 STRADDLE SPY 100 18 DEC 26 590 CALL/PUT @20.10 LMT",
        order(SELL, 1, STRADDLE, limit("20.10", CREDIT)),
    ),
    (
        "BUY +1 STRADDLE SPY 100 18 DEC 26 590/590 CALL/PUT @20.10 LMT",
        order(BUY, 1, STRADDLE, limit("20.10", DEBIT)),
    ),
    (
        "SELL -1 IRON BUTTERFLY SPY 100 18 DEC 26 590/600/590/580 CALL/PUT @4 LMT",
        order(SELL, 1, IRON_FLY, limit(4, CREDIT)),
    ),
    (
        "BUY +1 BUTTERFLY SPY 100 18 DEC 26 580/590/600 CALL @1.50 LMT",
        order(BUY, 1, FLY, limit("1.50", DEBIT)),
    ),
    (
        "BUY +1 BUTTERFLY SPY 100 18 DEC 26 580/590/605 CALL @-.20 LMT",
        order(BUY, 1, butterfly(CALL, at(580), at(590), at(605)), limit("0.20", CREDIT)),
    ),
    (
        "BUY +1 CALENDAR SPY 100 15 JAN 27/18 DEC 26 590 CALL @2.10 LMT",
        order(BUY, 1, CALENDAR, limit("2.10", DEBIT)),
    ),
    (
        "SELL -1 CALENDAR SPY 100 15 JAN 27/18 DEC 26 590 CALL @2.10 LMT [TO OPEN/TO OPEN]",
        order(SELL, 1, CALENDAR, limit("2.10", CREDIT)),
    ),
    (
        "BUY +1 DIAGONAL SPY 100 15 JAN 27/18 DEC 26 590/600 CALL @5.10 LMT",
        order(BUY, 1, DIAGONAL, limit("5.10", DEBIT)),
    ),
    (
        "BUY +1 DIAGONAL SPY 100 15 JAN 27/18 DEC 26 590/600 CALL @-.10 LMT",
        order(BUY, 1, DIAGONAL, limit("0.10", CREDIT)),
    ),
    (
        "BUY +1 COVERED AAPL 100 18 DEC 26 195 CALL/AAPL @185.20 LMT",
        order(BUY, 1, covered(at(195), with_shares=True), limit("185.20", DEBIT)),
    ),
    ("SELL -1 SPY 100 18 DEC 26 590 PUT @3.40 LMT", order(SELL, 1, single(PUT, at(590)), limit("3.40"))),
    (
        "SELL -1 SPY 100 (Weeklys) 27 NOV 26 590 PUT @3.40 LMT [TO OPEN]",
        order(SELL, 1, WEEKLY, limit("3.40")),
    ),
    ("SELL -1 SPY 100 27 NOV 26 (Weeklys) 590 PUT @3.40 LMT", order(SELL, 1, WEEKLY, limit("3.40"))),
    ("SOLD -1 SPY 100 (Weeklys) 27 NOV 26 590 PUT @3.40", order(SELL, 1, WEEKLY, limit("3.40"))),
    (
        "BUY +1 SPX 100 (Quarterlys) 31 DEC 26 5900 CALL @40 LMT",
        order(BUY, 1, single(CALL, at(5900), OnDate(date(2026, 12, 31)), "SPX"), limit(40)),
    ),
    ("BUY +1 SPY 100 18 DEC 26 592.5 CALL @MKT", order(BUY, 1, single(CALL, at("592.5")), Market())),
    ("BUY +1 SPY 100 18 DEC 26 590 PUT MKT", order(BUY, 1, single(PUT, at(590)), Market())),
    ("BUY +100 AAPL @187.50 LMT", order(BUY, 100, "AAPL", limit("187.50"))),
    (
        "BUY +1,000 AAPL @187.50 LMT GTC_EXT",
        order(BUY, 1000, "AAPL", limit("187.50"), Standing(TimeInForce.GTC_EXT)),
    ),
    ("BUY +100 AAPL @MARK EXT", order(BUY, 100, "AAPL", mid(), Standing(TimeInForce.EXT))),
    ("SELL -100 AAPL STP 180 GTC", order(SELL, 100, "AAPL", Stop(d(180)), GTC)),
    ("SELL -100 AAPL @180.00 STP GTC", order(SELL, 100, "AAPL", Stop(d(180)), GTC)),
    ("SELL -100 AAPL STP 180 @179.50 LMT", order(SELL, 100, "AAPL", StopLimit(d(180), d("179.50")))),
    ("SELL -100 AAPL @187.50 LMT in 0001", order(SELL, 100, "AAPL", limit("187.50"), account_hint="0001")),
    ("SELL -1 SPY 100 18 DEC 26 590 PUT MID", order(SELL, 1, single(PUT, at(590)), mid())),
]


@pytest.mark.parametrize(("text", "said"), PASTED, ids=[text for text, _ in PASTED])
def test_pasted_text(text, said):
    pasted = replace(said, pasted_from="thinkorswim")
    assert parse(text, TODAY) == pasted
    # The normal form is our own: where it came from is no part of the order.
    assert parse(said_text(pasted), TODAY) == said
