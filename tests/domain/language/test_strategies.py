"""Every strategy, in at least eight ways each, with what it has to say written by hand (issue 3, part 1)."""

from dataclasses import replace
from datetime import date

import pytest

from senexbot.domain.language import parse, said_text
from senexbot.domain.language.said import (
    InDays,
    LegSaid,
    Monthly,
    OnDate,
    Pegged,
    Reference,
    SameStrike,
    StopLimit,
    Strategy,
)
from tests.domain.builders import TODAY

from .saying import (
    ATM,
    BUY,
    CALL,
    CREDIT,
    DAYS45,
    DEBIT,
    DEC18,
    GTC,
    JAN15,
    PUT,
    SELL,
    at,
    butterfly,
    collar,
    condor,
    covered,
    d,
    delta,
    limit,
    mid,
    order,
    out,
    ratio,
    single,
    spread,
    strangle,
    two_dates,
    vertical,
    wide,
)

IB, STRADDLE, CALENDAR, DIAGONAL = (
    Strategy.IRON_BUTTERFLY,
    Strategy.STRADDLE,
    Strategy.CALENDAR,
    Strategy.DIAGONAL,
)
FRIDAY = OnDate(date(2026, 11, 27))
MONTHLY, DEC_MONTHLY = Monthly(), Monthly(None, 12)

SINGLES = [
    ("buy 2 SPY 18DEC26 590p @ 3.40", order(BUY, 2, single(PUT, at(590)), limit("3.40"))),
    ("sell 1 SPY 18 dec 26 600 call @ 2.15 gtc", order(SELL, 1, single(CALL, at(600)), limit("2.15"), GTC)),
    ("sell 1 SPY 590p 18DEC26 @ mid", order(SELL, 1, single(PUT, at(590)), mid())),
    ("sell 1 SPY put 45d 16Δ @ mid", order(SELL, 1, single(PUT, delta(16), DAYS45), mid())),
    ("sell 3 SPY 20-delta call 45d @ 1.10", order(SELL, 3, single(CALL, delta(20), DAYS45), limit("1.10"))),
    ("buy 1 SPY friday atm call @ ask", order(BUY, 1, single(CALL, ATM, FRIDAY), Pegged(Reference.ASK))),
    ("sell 1 SPY dec monthly 5% put @ mid", order(SELL, 1, single(PUT, out(5), DEC_MONTHLY), mid())),
    ("buy 1 SPY 2026-12-18 592.50c @ 3", order(BUY, 1, single(CALL, at("592.50")), limit(3))),
    ("buy 1 SPY put 590 18DEC26 @ 3", order(BUY, 1, single(PUT, at(590)), limit(3))),
    ("buy SPY 18DEC26 590p 2 @ 3.40", order(BUY, 2, single(PUT, at(590)), limit("3.40"))),
]
VERTICALS = [
    (
        "sell 1 SPY 18DEC26 580/575 put vertical @ 1.20",
        order(SELL, 1, vertical(PUT, at(580), at(575)), limit("1.20", CREDIT)),
    ),
    (
        "sell 1 SPY 18DEC26 575/580 put spread @ 1.20 credit",
        order(SELL, 1, vertical(PUT, at(580), at(575)), limit("1.20", CREDIT)),
    ),
    (
        "buy 2 SPY 18DEC26 590/600 call vertical for 4.10 debit",
        order(BUY, 2, vertical(CALL, at(590), at(600)), limit("4.10", DEBIT)),
    ),
    (
        "sell 1 SPY 18DEC26 580p/575p vertical @ mid",
        order(SELL, 1, vertical(PUT, at(580), at(575)), mid(CREDIT)),
    ),
    (
        "sell 1 SPY put vertical 45d 30Δ 5 wide @ mid",
        order(SELL, 1, vertical(PUT, delta(30), wide(5), DAYS45), mid(CREDIT)),
    ),
    (
        "sell 1 SPY put vertical 45d 15Δ/30Δ @ mid",
        order(SELL, 1, vertical(PUT, delta(30), delta(15), DAYS45), mid(CREDIT)),
    ),
    (
        "buy 1 SPY call spread monthly atm 10 wide @ mid-0.05",
        order(BUY, 1, vertical(CALL, ATM, wide(10), MONTHLY), mid(DEBIT, "-0.05")),
    ),
    (
        "sell 1 SPY 3% 5% put vertical 45d @ mid gtc",
        order(SELL, 1, vertical(PUT, out(3), out(5), DAYS45), mid(CREDIT), GTC),
    ),
    (
        "sell 1 vertical SPY 18DEC26 580 put 575 put @ 1.20",
        order(SELL, 1, vertical(PUT, at(580), at(575)), limit("1.20", CREDIT)),
    ),
    (
        "sell 1 SPY 18DEC26 580 5 wide put vertical stop 3 limit 3.20",
        order(SELL, 1, vertical(PUT, at(580), wide(5)), StopLimit(d(3), d("3.20"), CREDIT)),
    ),
]
STRANGLES = [
    (
        "sell 2 SPY strangle 45d 16Δ @ mid",
        order(SELL, 2, strangle(delta(16), delta(16), DAYS45), mid(CREDIT)),
    ),
    (
        "sell 2 SPY 18DEC26 562/630 strangle @ 3.46 gtc",
        order(SELL, 2, strangle(at(562), at(630)), limit("3.46", CREDIT), GTC),
    ),
    (
        "sell 2 SPY 18DEC26 630/562 strangle @ 3.46",
        order(SELL, 2, strangle(at(562), at(630)), limit("3.46", CREDIT)),
    ),
    (
        "buy 1 SPY 18DEC26 562p/630c strangle @ 3.46 debit",
        order(BUY, 1, strangle(at(562), at(630)), limit("3.46", DEBIT)),
    ),
    (
        "sell 1 SPY strangle 45d 16Δ put 20Δ call @ mid",
        order(SELL, 1, strangle(delta(16), delta(20), DAYS45), mid(CREDIT)),
    ),
    (
        "sell 1 SPY strangle 45d 5% @ bid",
        order(SELL, 1, strangle(out(5), out(5), DAYS45), Pegged(Reference.BID, d(0), CREDIT)),
    ),
    (
        "sell 2 strangles SPY monthly 0.16 delta @ mid",
        order(SELL, 2, strangle(delta(16), delta(16), MONTHLY), mid(CREDIT)),
    ),
    (
        "sell 2 SPY 18DEC26 630 call 562 put strangle @ mid",
        order(SELL, 2, strangle(at(562), at(630)), mid(CREDIT)),
    ),
    (
        "sell 2 SPY 45 days 16 ∆ strangle @mid",
        order(SELL, 2, strangle(delta(16), delta(16), DAYS45), mid(CREDIT)),
    ),
]
STRANGLES.append(("sell 2 SPY strangle 45d 16Δ/16Δ @ mid", STRANGLES[0][1]))
STRADDLES = [
    (
        "sell 1 SPY 18DEC26 590 straddle @ 20.10",
        order(SELL, 1, strangle(at(590), at(590), strategy=STRADDLE), limit("20.10", CREDIT)),
    ),
    ("buy 1 SPY straddle 45d atm @ mid", order(BUY, 1, strangle(ATM, ATM, DAYS45, STRADDLE), mid(DEBIT))),
    (
        "sell 1 SPY straddle 590 18 dec 2026 @ mid",
        order(SELL, 1, strangle(at(590), at(590), strategy=STRADDLE), mid(CREDIT)),
    ),
    (
        "sell 3 straddles SPY friday atm @ mid",
        order(SELL, 3, strangle(ATM, ATM, FRIDAY, STRADDLE), mid(CREDIT)),
    ),
    (
        "sell 1 SPY at the money straddle 45d @ mid",
        order(SELL, 1, strangle(ATM, ATM, DAYS45, STRADDLE), mid(CREDIT)),
    ),
    (
        "sell 1 SPY 18DEC26 590/590 straddle @ 20",
        order(SELL, 1, strangle(at(590), at(590), strategy=STRADDLE), limit(20, CREDIT)),
    ),
    (
        "buy 1 SPY 18DEC26 592.5 straddle @ 20 db",
        order(BUY, 1, strangle(at("592.5"), at("592.5"), strategy=STRADDLE), limit(20, DEBIT)),
    ),
    (
        "buy 1 SPY monthly atm straddle stop 25 limit 26",
        order(BUY, 1, strangle(ATM, ATM, MONTHLY, STRADDLE), StopLimit(d(25), d(26), DEBIT)),
    ),
]
CONDOR = condor(at(580), at(575), at(625), at(630))
CONDORS = [
    ("sell 1 SPY 18DEC26 625/630/580/575 iron condor @ 1.20", order(SELL, 1, CONDOR, limit("1.20", CREDIT))),
    (
        "sell 1 SPY 18DEC26 575/580/625/630 iron condor for 1.20 credit",
        order(SELL, 1, CONDOR, limit("1.20", CREDIT)),
    ),
    ("sell 1 SPY iron condor 18DEC26 575p/580p/625c/630c @ mid", order(SELL, 1, CONDOR, mid(CREDIT))),
    (
        "sell 1 SPY iron condor 45d 16Δ 5 wide @ mid",
        order(SELL, 1, condor(delta(16), wide(5), delta(16), wide(5), DAYS45), mid(CREDIT)),
    ),
    (
        "sell 1 SPY iron condor 45d 16Δ/5Δ @ mid",
        order(SELL, 1, condor(delta(16), delta(5), delta(16), delta(5), DAYS45), mid(CREDIT)),
    ),
    (
        "sell 1 SPY 45d 16Δ put 20Δ call 10 wide iron condor @ mid",
        order(SELL, 1, condor(delta(16), wide(10), delta(20), wide(10), DAYS45), mid(CREDIT)),
    ),
    (
        "sell 1 SPY 18DEC26 580/625 5 wide iron condor @ mid",
        order(SELL, 1, condor(at(580), wide(5), at(625), wide(5)), mid(CREDIT)),
    ),
    (
        "buy 1 SPY 18DEC26 575/580/625/630 iron condor @ 1.20 debit",
        order(BUY, 1, CONDOR, limit("1.20", DEBIT)),
    ),
    (
        "sell 2 iron condors SPY monthly 5% $5 wide @ mid",
        order(SELL, 2, condor(out(5), wide(5), out(5), wide(5), MONTHLY), mid(CREDIT)),
    ),
]
IRON_FLY = condor(at(590), at(580), at(590), at(600), strategy=IB)
IRON_FLY_DAYS = condor(ATM, wide(10), ATM, wide(10), DAYS45, IB)
IRON_BUTTERFLIES = [
    ("sell 1 SPY 18DEC26 580/590/600 iron butterfly @ 4", order(SELL, 1, IRON_FLY, limit(4, CREDIT))),
    ("sell 1 SPY 18DEC26 590/600/590/580 iron fly @ 4", order(SELL, 1, IRON_FLY, limit(4, CREDIT))),
    ("sell 1 SPY iron butterfly 45d atm 10 wide @ mid", order(SELL, 1, IRON_FLY_DAYS, mid(CREDIT))),
    ("sell 1 SPY iron fly 45d atm 10-wide @ mid", order(SELL, 1, IRON_FLY_DAYS, mid(CREDIT))),
    (
        "sell 1 SPY 18DEC26 590 10 wide iron butterfly @ 4",
        order(SELL, 1, condor(at(590), wide(10), at(590), wide(10), strategy=IB), limit(4, CREDIT)),
    ),
    ("buy 1 SPY 18DEC26 580/590/600 iron butterfly @ 4 debit", order(BUY, 1, IRON_FLY, limit(4, DEBIT))),
    ("sell 2 iron flies SPY 18DEC26 600/590/580 @ 4 gtc", order(SELL, 2, IRON_FLY, limit(4, CREDIT), GTC)),
    ("sell 1 SPY 18DEC26 580p/590p/590c/600c iron butterfly @ mid", order(SELL, 1, IRON_FLY, mid(CREDIT))),
]
FLY = butterfly(CALL, at(580), at(590), at(600))
FLY_DAYS = butterfly(CALL, wide(10), ATM, wide(10), DAYS45)
BUTTERFLIES = [
    ("buy 1 SPY 18DEC26 580/590/600 call butterfly @ 1.50", order(BUY, 1, FLY, limit("1.50", DEBIT))),
    ("buy 1 SPY 18DEC26 600/590/580 call fly @ 1.50", order(BUY, 1, FLY, limit("1.50", DEBIT))),
    (
        "sell 1 SPY 18DEC26 580/590/600 call butterfly @ 1.50 credit",
        order(SELL, 1, FLY, limit("1.50", CREDIT)),
    ),
    ("buy 1 SPY call butterfly 45d atm 10 wide @ mid", order(BUY, 1, FLY_DAYS, mid(DEBIT))),
    (
        "buy 1 SPY 18DEC26 590c 10 wide butterfly @ 1.50",
        order(BUY, 1, butterfly(CALL, wide(10), at(590), wide(10)), limit("1.50", DEBIT)),
    ),
    (
        "buy 1 SPY put butterfly 45d 30Δ 10 wide @ mid",
        order(BUY, 1, butterfly(PUT, wide(10), delta(30), wide(10), DAYS45), mid(DEBIT)),
    ),
    (
        "buy 1 SPY 18DEC26 580/590/605 call butterfly @ 0.20 credit",
        order(BUY, 1, butterfly(CALL, at(580), at(590), at(605)), limit("0.20", CREDIT)),
    ),
    (
        "buy 2 butterflies SPY 18DEC26 570p/560p/550p @ 0.90",
        order(BUY, 2, butterfly(PUT, at(550), at(560), at(570)), limit("0.90", DEBIT)),
    ),
    (
        "buy 1 F 18DEC26 12/14/16 call butterfly @ 0.40",
        order(BUY, 1, replace(butterfly(CALL, at(12), at(14), at(16)), symbol="F"), limit("0.40", DEBIT)),
    ),
]
CALENDARS = [
    (
        "buy 1 SPY 18DEC26/15JAN27 590 call calendar @ 2.10",
        order(BUY, 1, two_dates(CALENDAR, CALL, (at(590), DEC18), (at(590), JAN15)), limit("2.10", DEBIT)),
    ),
    (
        "buy 1 SPY 15JAN27/18DEC26 590 call calendar @ 2.10",
        order(BUY, 1, two_dates(CALENDAR, CALL, (at(590), DEC18), (at(590), JAN15)), limit("2.10", DEBIT)),
    ),
    (
        "buy 1 SPY 590c calendar 18 dec 26 15 jan 27 @ 2.10",
        order(BUY, 1, two_dates(CALENDAR, CALL, (at(590), DEC18), (at(590), JAN15)), limit("2.10", DEBIT)),
    ),
    (
        "sell 1 SPY 18DEC26/15JAN27 590 call calendar @ 2.10 credit",
        order(SELL, 1, two_dates(CALENDAR, CALL, (at(590), DEC18), (at(590), JAN15)), limit("2.10", CREDIT)),
    ),
    (
        "buy 1 SPY 30d/60d atm put calendar @ mid",
        order(BUY, 1, two_dates(CALENDAR, PUT, (ATM, InDays(30)), (SameStrike(), InDays(60))), mid(DEBIT)),
    ),
    (
        "buy 1 SPY 60d 30d 30Δ put calendar @ mid",
        order(
            BUY, 1, two_dates(CALENDAR, PUT, (delta(30), InDays(30)), (SameStrike(), InDays(60))), mid(DEBIT)
        ),
    ),
    (
        "buy 1 SPY jan 27 monthly feb 27 monthly 590 call calendar @ mid",
        order(
            BUY,
            1,
            two_dates(CALENDAR, CALL, (at(590), Monthly(2027, 1)), (at(590), Monthly(2027, 2))),
            mid(DEBIT),
        ),
    ),
    (
        "buy 3 calendars SPY 30d/60d 5% call @ mid",
        order(
            BUY, 3, two_dates(CALENDAR, CALL, (out(5), InDays(30)), (SameStrike(), InDays(60))), mid(DEBIT)
        ),
    ),
    (
        "buy 3 SPY call calendar spread 30d/60d 590 @ mid gtc",
        order(
            BUY, 3, two_dates(CALENDAR, CALL, (at(590), InDays(30)), (at(590), InDays(60))), mid(DEBIT), GTC
        ),
    ),
]
DIAGONALS = [
    (
        "buy 1 SPY 18DEC26/15JAN27 600/590 call diagonal @ 5.10 debit",
        order(BUY, 1, two_dates(DIAGONAL, CALL, (at(600), DEC18), (at(590), JAN15)), limit("5.10", DEBIT)),
    ),
    (
        "buy 1 SPY 15JAN27/18DEC26 590/600 call diagonal @ 5.10 debit",
        order(BUY, 1, two_dates(DIAGONAL, CALL, (at(600), DEC18), (at(590), JAN15)), limit("5.10", DEBIT)),
    ),
    (
        "sell 1 SPY 18DEC26/15JAN27 580/590 put diagonal for 4 credit",
        order(SELL, 1, two_dates(DIAGONAL, PUT, (at(580), DEC18), (at(590), JAN15)), limit(4, CREDIT)),
    ),
    (
        "buy 1 SPY 30d/60d 20Δ/70Δ call diagonal @ mid",
        order(BUY, 1, two_dates(DIAGONAL, CALL, (delta(20), InDays(30)), (delta(70), InDays(60))), mid()),
    ),
    (
        "buy 1 SPY diagonal 30d/60d 600c/590c @ 5 debit",
        order(
            BUY, 1, two_dates(DIAGONAL, CALL, (at(600), InDays(30)), (at(590), InDays(60))), limit(5, DEBIT)
        ),
    ),
    (
        "buy 1 SPY 18DEC26 600 call 15JAN27 590 call diagonal @ 5 debit",
        order(BUY, 1, two_dates(DIAGONAL, CALL, (at(600), DEC18), (at(590), JAN15)), limit(5, DEBIT)),
    ),
    (
        "buy 2 SPY 30d/60d 600/590 call diagonal spread @ mid debit gtc",
        order(
            BUY, 2, two_dates(DIAGONAL, CALL, (at(600), InDays(30)), (at(590), InDays(60))), mid(DEBIT), GTC
        ),
    ),
    (
        "buy 1 SPY 18DEC26/15JAN27 600/590 call diagonal @ 0.10 credit",
        order(BUY, 1, two_dates(DIAGONAL, CALL, (at(600), DEC18), (at(590), JAN15)), limit("0.10", CREDIT)),
    ),
]
RATIOS = [
    (
        "buy 1 SPY 18DEC26 580/570 1x2 put ratio @ 0.50 credit",
        order(BUY, 1, ratio(PUT, at(580), at(570), (1, 2)), limit("0.50", CREDIT)),
    ),
    (
        "buy 1 SPY 18DEC26 580/570 1x2 put ratio @ 0.50 debit",
        order(BUY, 1, ratio(PUT, at(580), at(570), (1, 2)), limit("0.50", DEBIT)),
    ),
    (
        "sell 1 SPY 18DEC26 600/610 1x2 call ratio @ 0.30 credit",
        order(SELL, 1, ratio(CALL, at(600), at(610), (1, 2)), limit("0.30", CREDIT)),
    ),
    (
        "buy 1 SPY put ratio 45d 30Δ/15Δ 1x2 @ mid",
        order(BUY, 1, ratio(PUT, delta(30), delta(15), (1, 2), DAYS45), mid()),
    ),
    (
        "buy 1 SPY put ratio spread 45d 30Δ 10 wide 1x2 @ mid",
        order(BUY, 1, ratio(PUT, delta(30), wide(10), (1, 2), DAYS45), mid()),
    ),
    (
        "buy 2 SPY 18DEC26 580p/570p 2x3 ratio @ 0.10 debit",
        order(BUY, 2, ratio(PUT, at(580), at(570), (2, 3)), limit("0.10", DEBIT)),
    ),
    (
        "buy 1 SPY 18DEC26 600/620 1x3 call ratio @ mid credit",
        order(BUY, 1, ratio(CALL, at(600), at(620), (1, 3)), mid(CREDIT)),
    ),
    (
        "buy 2 ratios SPY 18DEC26 580/570 1x2 put @ 0.50 credit",
        order(BUY, 2, ratio(PUT, at(580), at(570), (1, 2)), limit("0.50", CREDIT)),
    ),
]
COVERED_CALLS = [
    (
        "buy 2 AAPL covered call 45d 30Δ @ mid",
        order(BUY, 2, covered(delta(30), DAYS45, with_shares=True), mid(DEBIT)),
    ),
    (
        "buy 1 AAPL 18DEC26 195 covered call @ 185.20",
        order(BUY, 1, covered(at(195), with_shares=True), limit("185.20", DEBIT)),
    ),
    (
        "sell 2 AAPL covered call 45d 30Δ @ mid",
        order(SELL, 2, covered(delta(30), DAYS45, with_shares=False), mid()),
    ),
    (
        "sell 2 AAPL 18DEC26 195 covered calls @ 1.20",
        order(SELL, 2, covered(at(195), with_shares=False), limit("1.20")),
    ),
    (
        "sell 2 covered calls AAPL 18DEC26 195c @ 1.20 gtc",
        order(SELL, 2, covered(at(195), with_shares=False), limit("1.20"), GTC),
    ),
    (
        "sell 1 AAPL covered call monthly 5% @ mid",
        order(SELL, 1, covered(out(5), MONTHLY, with_shares=False), mid()),
    ),
    (
        "buy 1 AAPL 18DEC26 195 call covered call with shares @ 185.20 debit",
        order(BUY, 1, covered(at(195), with_shares=True), limit("185.20", DEBIT)),
    ),
    (
        "buy 1 AAPL covered call friday atm @ mid",
        order(BUY, 1, covered(ATM, FRIDAY, with_shares=True), mid(DEBIT)),
    ),
]
COLLARS = [
    (
        "buy 1 AAPL 18DEC26 180/195 collar @ 0.30 credit",
        order(BUY, 1, collar(at(180), at(195)), limit("0.30", CREDIT)),
    ),
    (
        "buy 1 AAPL 18DEC26 180/195 collar @ 0.30 debit",
        order(BUY, 1, collar(at(180), at(195)), limit("0.30", DEBIT)),
    ),
    (
        "buy 1 AAPL 18DEC26 180/195 collar with shares @ 186.30 debit",
        order(BUY, 1, collar(at(180), at(195), with_shares=True), limit("186.30", DEBIT)),
    ),
    ("buy 2 AAPL collar 45d 25Δ @ mid", order(BUY, 2, collar(delta(25), delta(25), DAYS45), mid())),
    (
        "buy 1 AAPL collar 45d 25Δ put 30Δ call @ mid debit",
        order(BUY, 1, collar(delta(25), delta(30), DAYS45), mid(DEBIT)),
    ),
    ("buy 1 AAPL 18DEC26 195c/180p collar @ mid", order(BUY, 1, collar(at(180), at(195)), mid())),
    (
        "buy 1 AAPL 5% collar monthly @ mid credit",
        order(BUY, 1, collar(out(5), out(5), MONTHLY), mid(CREDIT)),
    ),
    (
        "buy 3 collars AAPL 18DEC26 180/195 for 0.30 credit gtc",
        order(BUY, 3, collar(at(180), at(195)), limit("0.30", CREDIT), GTC),
    ),
]


def legs(when, *made):
    return spread(Strategy.LEGS, when, *made)


P580, P575 = LegSaid(at(580), PUT, None, SELL), LegSaid(at(575), PUT, None, BUY)
LISTED = [
    (
        "sell 2 SPY 18DEC26 580p and buy 2 575p @ 1.20 credit",
        order(SELL, 2, legs(DEC18, P580, P575), limit("1.20", CREDIT)),
    ),
    (
        "sell 1 SPY 580p 18DEC26 and buy 1 18DEC26 575p for 1.20 credit",
        order(SELL, 1, legs(DEC18, P580, P575), limit("1.20", CREDIT)),
    ),
    (
        "sell 2 SPY 18DEC26 580p and buy 4 575p @ 0.10 debit",
        order(SELL, 2, legs(DEC18, P580, LegSaid(at(575), PUT, None, BUY, 2)), limit("0.10", DEBIT)),
    ),
    (
        "sell 1 SPY 18DEC26 580p and sell 1 SPY 18DEC26 625c @ mid",
        order(SELL, 1, legs(DEC18, P580, LegSaid(at(625), CALL, None, SELL)), mid()),
    ),
    (
        "buy 1 SPY 15JAN27 590c and sell 1 18DEC26 600c @ 5.10 debit",
        order(
            BUY,
            1,
            legs(None, LegSaid(at(590), CALL, JAN15, BUY), LegSaid(at(600), CALL, DEC18, SELL)),
            limit("5.10", DEBIT),
        ),
    ),
    (
        "sell 1 SPY 45d 16Δ put and sell 1 16Δ call and buy 1 45d 30Δ call @ mid credit gtc",
        order(
            SELL,
            1,
            legs(
                DAYS45,
                LegSaid(delta(16), PUT, None, SELL),
                LegSaid(delta(16), CALL, None, SELL),
                LegSaid(delta(30), CALL, None, BUY),
            ),
            mid(CREDIT),
            GTC,
        ),
    ),
    (
        "sell 3 SPY 18DEC26 580p and buy 3 575p and sell 3 625c and buy 3 630c @ 1.20 credit",
        order(
            SELL,
            3,
            legs(DEC18, P580, P575, LegSaid(at(625), CALL, None, SELL), LegSaid(at(630), CALL, None, BUY)),
            limit("1.20", CREDIT),
        ),
    ),
    (
        "sell 4 SPY 18DEC26 580p and buy 6 575p @ 0.10 debit",
        order(
            SELL,
            2,
            legs(DEC18, LegSaid(at(580), PUT, None, SELL, 2), LegSaid(at(575), PUT, None, BUY, 3)),
            limit("0.10", DEBIT),
        ),
    ),
]

TABLES = {
    "single": SINGLES,
    "vertical": VERTICALS,
    "strangle": STRANGLES,
    "straddle": STRADDLES,
    "iron condor": CONDORS,
    "iron butterfly": IRON_BUTTERFLIES,
    "butterfly": BUTTERFLIES,
    "calendar": CALENDARS,
    "diagonal": DIAGONALS,
    "ratio": RATIOS,
    "covered call": COVERED_CALLS,
    "collar": COLLARS,
    "legs": LISTED,
}
ACCEPTED = [pair for table in TABLES.values() for pair in table]


@pytest.mark.parametrize(("text", "said"), ACCEPTED, ids=[text for text, _ in ACCEPTED])
def test_what_a_strategy_says(text, said):
    assert parse(text, TODAY) == said
    assert parse(said_text(said), TODAY) == said


def test_every_strategy_is_said_in_eight_ways():
    assert set(TABLES) == {s.value for s in Strategy}
    assert all(len(table) >= 8 for table in TABLES.values())
    for name, table in TABLES.items():
        assert all(said.what.strategy.value == name for _, said in table)
