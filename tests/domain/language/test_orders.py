"""Instruments, amounts, prices, times, exits and followers, at least eight texts each (issue 3, part 1)."""

from datetime import date, timedelta

import pytest

from senexbot.domain.language import parse, said_text
from senexbot.domain.language.said import (
    AtMultiple,
    AtPercent,
    AtPrice,
    Contract,
    Exits,
    InDays,
    Market,
    Monthly,
    Notional,
    OnDate,
    Part,
    Pegged,
    Reference,
    Standing,
    Stop,
    StopLimit,
    Walk,
)
from senexbot.domain.orders.terms import TimeInForce
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
    collar,
    condor,
    d,
    delta,
    limit,
    mid,
    occ,
    order,
    out,
    single,
    strangle,
)

T = TimeInForce
MKT = Market()
SPY590 = Contract(occ("SPY", DEC18, PUT, 590))
STRANGLE = strangle(delta(16), delta(16), DAYS45)


def aapl(pricing, standing=None, **more):
    return order(BUY, 100, "AAPL", pricing, standing, **more)


SHARES = [
    ("buy 100 AAPL @ 187.50", aapl(limit("187.50"))),
    ("BUY 100 aapl @187.5", aapl(limit("187.50"))),
    ("buy 100 shares of AAPL @ $187.50", aapl(limit("187.50"))),
    ("buy 100 AAPL 187.50", aapl(limit("187.50"))),
    ("buy AAPL 100 @ 187.50", aapl(limit("187.50"))),
    ("sell 1,000 SPY limit 602.10", order(SELL, 1000, "SPY", limit("602.10"))),
    ("buy 10 BRK.B @ 480", order(BUY, 10, "BRK/B", limit(480))),
    ("buy 5 DAY @ 60 day", order(BUY, 5, "DAY", limit(60))),
    ("buy 5 RATIO @ 60", order(BUY, 5, "RATIO", limit(60))),
    ("sell 50 AAPL mkt", order(SELL, 50, "AAPL", MKT)),
    ("buy 100 AAPL $187.50 debit", aapl(limit("187.50"))),
]
OPTIONS = [
    ("buy 2 SPY261218P00590000 @ 3.40", order(BUY, 2, SPY590, limit("3.40"))),
    ("buy 2 SPY   261218P00590000 @ 3.40", order(BUY, 2, SPY590, limit("3.40"))),
    ("sell 1 SPXW261218C06000000 @ mid", order(SELL, 1, Contract(occ("SPXW", DEC18, CALL, 6000)), mid())),
    ("buy 2 contracts SPY 18DEC26 590p @ 3.40", order(BUY, 2, single(PUT, at(590)), limit("3.40"))),
    ("sell 1 SPX 18DEC26 5900p @ 12.50", order(SELL, 1, single(PUT, at(5900), symbol="SPX"), limit("12.50"))),
    ("sell 1 VIX 18dec2026 25 calls @ 1", order(SELL, 1, single(CALL, at(25), symbol="VIX"), limit(1))),
    ("buy 1 QQQ 12/18/26 500c @ 4", order(BUY, 1, single(CALL, at(500), symbol="QQQ"), limit(4))),
    ("buy 1 SPY 18DEC26 590p 3.40 debit", order(BUY, 1, single(PUT, at(590)), limit("3.40"))),
    ("buy 1 BRK/B 18DEC26 480c mkt", order(BUY, 1, single(CALL, at(480), symbol="BRK/B"), MKT)),
]
FUTURES = [
    ("buy 1 /ESZ6 @ 5900", order(BUY, 1, "/ESZ6", limit(5900))),
    ("sell 2 /esz26 mkt", order(SELL, 2, "/ESZ26", MKT)),
    ("buy 1 /MESZ6 @ mid", order(BUY, 1, "/MESZ6", mid())),
    ("sell 1 /CLF7 stop 68.50", order(SELL, 1, "/CLF7", Stop(d("68.50")))),
    ("buy 3 contracts of /GCG7 @ 2650.10 gtc", order(BUY, 3, "/GCG7", limit("2650.10"), GTC)),
    ("sell half /ESZ6 @ bid", order(SELL, Part(1, 2), "/ESZ6", Pegged(Reference.BID))),
    ("buy /ESZ6 1 @ 5900", order(BUY, 1, "/ESZ6", limit(5900))),
    ("buy 1 /ES @ 5900", order(BUY, 1, "/ES", limit(5900))),
    ("sell 2 /m2k mkt", order(SELL, 2, "/M2K", MKT)),
    ("buy 1 /ESZ26:XCME @ 6010.25", order(BUY, 1, "/ESZ26", limit("6010.25"))),
    (
        "buy 1 /6EZ6 @ 1.0512 tp 1.06 sl 1.04",
        order(BUY, 1, "/6EZ6", limit("1.0512"), exits=Exits(AtPrice(d("1.06")), AtPrice(d("1.04")))),
    ),
]


def dollars(side, amount, symbol="SPY", **more):
    return order(side, Notional(d(amount)), symbol, MKT, **more)


NOTIONAL = [
    ("buy $500 SPY", dollars(BUY, 500)),
    ("buy $500 of SPY", dollars(BUY, 500)),
    ("buy $1,000.50 SPY mkt", dollars(BUY, "1000.50")),
    ("sell $250 AAPL", dollars(SELL, 250, "AAPL")),
    ("buy $500 SPY @ mkt day", dollars(BUY, 500)),
    ("BUY $75.25 BRK/B", dollars(BUY, "75.25", "BRK/B")),
    ("buy $500 SPY in 0001", dollars(BUY, 500, account_hint="0001")),
    ("buy $500 SPY at market", dollars(BUY, 500)),
]


def part(top, bottom, pricing=None, what="AAPL"):
    return order(SELL, Part(top, bottom), what, pricing or mid())


PARTS = [
    ("sell half AAPL @ mid", part(1, 2)),
    ("sell half of AAPL mkt", part(1, 2, MKT)),
    ("sell all AAPL @ 190", part(1, 1, limit(190))),
    ("sell a third AAPL @ mid", part(1, 3)),
    ("sell two thirds of AAPL @ mid", part(2, 3)),
    ("sell 25% AAPL @ mid", part(1, 4)),
    ("sell 12.5% of AAPL @ mid", part(1, 8)),
    ("sell three quarters AAPL @ mid", part(3, 4)),
    ("sell half SPY261218P00590000 @ mid", part(1, 2, what=SPY590)),
    ("sell all SPY 18DEC26 590p @ mid", part(1, 1, what=single(PUT, at(590)))),
    ("sell all ALL @ mid", part(1, 1, what="ALL")),
]
PRICES = [
    ("buy 100 AAPL lmt @ 187.50", aapl(limit("187.50"))),
    ("buy 100 AAPL @ limit 187.50", aapl(limit("187.50"))),
    ("buy 100 AAPL @ .5", aapl(limit("0.5"))),
    ("buy 100 AAPL market", aapl(MKT)),
    ("buy 100 AAPL stop 190", aapl(Stop(d(190)))),
    ("buy 100 AAPL stp @ 190", aapl(Stop(d(190)))),
    ("buy 100 AAPL stop 190 limit 190.50", aapl(StopLimit(d(190), d("190.50")))),
    ("buy 100 AAPL stop limit 190 @ 190.50", aapl(StopLimit(d(190), d("190.50")))),
    ("buy 100 AAPL @ mid", aapl(mid())),
    ("buy 100 AAPL mid", aapl(mid())),
    ("buy 100 AAPL @ mid-0.05", aapl(mid(None, "-0.05"))),
    ("buy 100 AAPL @mid−.05", aapl(mid(None, "-0.05"))),
    ("buy 100 AAPL @ mid – 0.05", aapl(mid(None, "-0.05"))),
    ("buy 100 AAPL @ mid -0.05", aapl(mid(None, "-0.05"))),
    ("buy 100 AAPL @ bid", aapl(Pegged(Reference.BID))),
    ("buy 100 AAPL @ ask+0.01", aapl(Pegged(Reference.ASK, d("0.01")))),
    ("buy 100 AAPL ask + $0.01", aapl(Pegged(Reference.ASK, d("0.01")))),
]


def stands(time_in_force, until=None):
    return aapl(limit("187.50"), Standing(time_in_force, until))


TIMES = [
    ("buy 100 AAPL @ 187.50 day", aapl(limit("187.50"))),
    ("buy 100 AAPL @ 187.50 today", aapl(limit("187.50"))),
    ("buy 100 AAPL day 187.50", aapl(limit("187.50"))),
    ("buy 100 AAPL @ 187.50 GTC", stands(T.GTC)),
    ("buy 100 AAPL gtc @ 187.50", stands(T.GTC)),
    ("buy 100 AAPL @ 187.50 gtd 18DEC26", stands(T.GTD, date(2026, 12, 18))),
    ("buy 100 AAPL @ 187.50 until friday", stands(T.GTD, date(2026, 11, 27))),
    ("buy 100 AAPL @ 187.50 until tomorrow", stands(T.GTD, date(2026, 11, 24))),
    ("buy 100 AAPL @ 187.50 ext", stands(T.EXT)),
    ("buy 100 AAPL @ 187.50 gtc ext", stands(T.GTC_EXT)),
    ("buy 100 AAPL @ 187.50 ext gtc", stands(T.GTC_EXT)),
    ("buy 100 AAPL @ 187.50 GTC_EXT", stands(T.GTC_EXT)),
    ("buy 100 AAPL @ 187.50 overnight", stands(T.EXT_OVERNIGHT)),
    ("buy 100 AAPL @ 187.50 ext overnight", stands(T.EXT_OVERNIGHT)),
    ("buy 100 AAPL @ 187.50 gtc overnight", stands(T.GTC_EXT_OVERNIGHT)),
    ("buy 100 AAPL @ 187.50 ioc", stands(T.IOC)),
]


def put(strike, when):
    return order(SELL, 1, single(PUT, strike, when), mid())


LEGS = [
    ("sell 1 SPY 18DEC26 590p @ mid", put(at(590), DEC18)),
    ("sell 1 SPY 15 jan 2027 590 put @ mid", put(at(590), JAN15)),
    ("sell 1 SPY 45d 16Δ put @ mid", put(delta(16), DAYS45)),
    ("sell 1 SPY 45 dte 16∆ put @ mid", put(delta(16), DAYS45)),
    ("sell 1 SPY 45 days 20−delta put @ mid", put(delta(20), DAYS45)),
    ("sell 1 SPY 0dte .3 delta put @ mid", put(delta(30), InDays(0))),
    ("sell 1 SPY 45d 0.16 Δ put @ mid", put(delta(16), DAYS45)),
    ("sell 1 SPY next friday 590p @ mid", put(at(590), OnDate(date(2026, 11, 27)))),
    ("sell 1 SPY this monday 590p @ mid", put(at(590), OnDate(TODAY))),
    ("sell 1 SPY next monday 590p @ mid", put(at(590), OnDate(date(2026, 11, 30)))),
    ("sell 1 SPY tue 590p @ mid", put(at(590), OnDate(date(2026, 11, 24)))),
    ("sell 1 SPY monthly 5% out put @ mid", put(out(5), Monthly())),
    ("sell 1 SPY jan monthly 2.5% otm put @ mid", put(out("2.5"), Monthly(None, 1))),
    ("sell 1 SPY jan 27 monthly atm put @ mid", put(ATM, Monthly(2027, 1))),
]


def entry(pricing, take=None, stop=None, standing=None, when=None):
    return order(SELL, 2, STRANGLE, pricing, when, exits=Exits(take, stop, standing))


def shares_exits(take=None, stop=None, standing=None):
    return aapl(limit("187.50"), exits=Exits(take, stop, standing))


EXITS = [
    (
        "sell 2 SPY strangle 45d 16Δ @ mid tp 50% sl 2x",
        entry(mid(CREDIT), AtPercent(d(50)), AtMultiple(d(2))),
    ),
    (
        "sell 2 SPY strangle 45d 16Δ @ 3.46 tp 1.73 sl 7",
        entry(limit("3.46", CREDIT), AtPrice(d("1.73")), AtPrice(d(7))),
    ),
    ("sell 2 SPY strangle 45d 16Δ @ mid gtc tp 50%", entry(mid(CREDIT), AtPercent(d(50)), when=GTC)),
    (
        "sell 2 SPY strangle 45d 16Δ @ mid sl 2.5x exits gtc",
        entry(mid(CREDIT), None, AtMultiple(d("2.5")), GTC),
    ),
    ("buy 100 AAPL @ 187.50 tp 210 sl 180", shares_exits(AtPrice(d(210)), AtPrice(d(180)))),
    ("buy 100 AAPL @ 187.50 take profit 210 stop loss 180", shares_exits(AtPrice(d(210)), AtPrice(d(180)))),
    (
        "buy 100 AAPL @ 187.50 target @ $210 exits until 18DEC26",
        shares_exits(AtPrice(d(210)), None, Standing(T.GTD, date(2026, 12, 18))),
    ),
    ("buy 100 AAPL @ 187.50 sl 4% exits day", shares_exits(None, AtPercent(d(4)), Standing(T.DAY))),
    ("buy 100 AAPL mkt tp 210 sl 180", aapl(MKT, exits=Exits(AtPrice(d(210)), AtPrice(d(180))))),
    (
        "sell 1 SPY 18DEC26 625/630/580/575 iron condor @ 1.20 tp 0.5x sl 2x",
        order(
            SELL,
            1,
            condor(at(580), at(575), at(625), at(630)),
            limit("1.20", CREDIT),
            exits=Exits(AtMultiple(d("0.5")), AtMultiple(d(2))),
        ),
    ),
    (
        "buy 1 AAPL 18DEC26 180/195 collar @ 0.30 debit tp 2x",
        order(BUY, 1, collar(at(180), at(195)), limit("0.30", DEBIT), exits=Exits(AtMultiple(d(2)))),
    ),
]
EXITS.append(
    (
        "buy 1 AAPL 18DEC26 180/195 collar @ mid tp 2 sl 0.10",
        order(BUY, 1, collar(at(180), at(195)), mid(), exits=Exits(AtPrice(d(2)), AtPrice(d("0.10")))),
    )
)


def sale(pricing, standing=None, count=100):
    return order(SELL, count, "AAPL", pricing, standing)


THEN = [
    ("buy 100 AAPL @ 187.50 then sell 100 AAPL @ 195", aapl(limit("187.50"), then=(sale(limit(195)),))),
    (
        "buy 100 AAPL @ 187.50 gtc then sell 100 AAPL @ 195 gtc",
        aapl(limit("187.50"), GTC, then=(sale(limit(195), GTC),)),
    ),
    ("buy 100 AAPL mkt then sell 100 AAPL stop 180 gtc", aapl(MKT, then=(sale(Stop(d(180)), GTC),))),
    (
        "buy 100 AAPL @ 187.50 then sell 50 AAPL @ 195 then sell 50 AAPL @ 199",
        aapl(limit("187.50"), then=(sale(limit(195), count=50), sale(limit(199), count=50))),
    ),
    (
        "buy 100 AAPL @ 187 then sell 1 F @ 5 then sell 2 F @ 6 then sell 3 F @ 7",
        aapl(
            limit(187),
            then=(
                order(SELL, 1, "F", limit(5)),
                order(SELL, 2, "F", limit(6)),
                order(SELL, 3, "F", limit(7)),
            ),
        ),
    ),
    (
        "buy 100 AAPL @ 187.50 in 0001 then sell 100 AAPL @ 195",
        aapl(limit("187.50"), account_hint="0001", then=(sale(limit(195)),)),
    ),
    (
        "buy 100 AAPL @ 187.50 then sell 100 AAPL @ 195 in 0001",
        aapl(limit("187.50"), account_hint="0001", then=(sale(limit(195)),)),
    ),
    (
        "buy 100 AAPL @ 187.50 then sell 1 AAPL 18DEC26 195c @ mid",
        aapl(limit("187.50"), then=(order(SELL, 1, single(CALL, at(195), symbol="AAPL"), mid()),)),
    ),
]


def walks(step, seconds, to):
    return Walk(d(step), timedelta(seconds=seconds), d(to))


WALKS = [
    (
        "sell 2 SPY strangle 45d 16Δ @ 3.46 walk 0.01 every 20s to 3.40",
        order(SELL, 2, STRANGLE, limit("3.46", CREDIT), walk=walks("0.01", 20, "3.40")),
    ),
    (
        "sell 2 SPY strangle 45d 16Δ @ mid walk 0.05 every 1m to 3.40",
        order(SELL, 2, STRANGLE, mid(CREDIT), walk=walks("0.05", 60, "3.40")),
    ),
    (
        "buy 100 AAPL @ 187.50 walk 0.01 every 20 sec to 187.60",
        aapl(limit("187.50"), walk=walks("0.01", 20, "187.60")),
    ),
    ("buy 100 AAPL @ bid walk 0.01 every 5s to 188", aapl(Pegged(Reference.BID), walk=walks("0.01", 5, 188))),
    ("buy 100 AAPL walk 0.01 every 90s to 188 @ 187.50", aapl(limit("187.50"), walk=walks("0.01", 90, 188))),
    (
        "buy 100 AAPL @ 187.50 walk $0.01 every 60m to $188",
        aapl(limit("187.50"), walk=walks("0.01", 3600, 188)),
    ),
    (
        "buy 1 AAPL 18DEC26 180/195 collar @ mid walk 0.01 every 20s to 0.40",
        order(BUY, 1, collar(at(180), at(195)), mid(), walk=walks("0.01", 20, "0.40")),
    ),
    (
        "buy 100 AAPL @ 187.50 gtc walk 0.01 every 2 minutes to 188",
        aapl(limit("187.50"), GTC, walk=walks("0.01", 120, 188)),
    ),
]
ACCOUNTS = [
    ("buy 100 AAPL @ 187.50 in 0001", aapl(limit("187.50"), account_hint="0001")),
    ("buy 100 AAPL @ 187.50 account 5wt00001", aapl(limit("187.50"), account_hint="5WT00001")),
    ("buy 100 AAPL @ 187.50 in Practice", aapl(limit("187.50"), account_hint="practice")),
    ("buy 100 AAPL @ 187.50 in live", aapl(limit("187.50"), account_hint="live")),
    ("buy 100 AAPL in 0001 @ 187.50", aapl(limit("187.50"), account_hint="0001")),
    ("buy 100 AAPL in 0001 mkt", aapl(MKT, account_hint="0001")),
    ("buy 100 IN @ 187.50 in 0001", order(BUY, 100, "IN", limit("187.50"), account_hint="0001")),
    ("sell 2 SPY strangle 45d 16Δ @ mid in 0002", order(SELL, 2, STRANGLE, mid(CREDIT), account_hint="0002")),
]
TABLES = (SHARES, OPTIONS, FUTURES, NOTIONAL, PARTS, PRICES, TIMES, LEGS, EXITS, THEN, WALKS, ACCOUNTS)
ACCEPTED = [pair for table in TABLES for pair in table]


@pytest.mark.parametrize(("text", "said"), ACCEPTED, ids=[text for text, _ in ACCEPTED])
def test_what_an_order_says(text, said):
    assert parse(text, TODAY) == said
    assert parse(said_text(said), TODAY) == said


def test_every_subject_is_said_in_eight_ways():
    assert min(len(table) for table in TABLES) >= 8
