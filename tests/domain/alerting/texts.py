"""Texts of alerts with their meaning, written by hand: at least six for each thing that can be watched or said."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Amount,
    Any,
    Band,
    Condition,
    Cross,
    Direction,
    Extreme,
    Field,
    Gap,
    Held,
    Hours,
    Level,
    Move,
    Not,
    Often,
    Period,
    Ratio,
    Reach,
    Repeat,
    Severity,
    Side,
    Source,
    Sum,
    Trail,
    Value,
    Way,
    Weighted,
)
from senexbot.domain.routing.escalation import Escalation

TODAY = date(2026, 11, 30)  # a Monday
D = Decimal
PUT, CALL, OCC = "SPY 18DEC26 562p", "SPY 18DEC26 630c", "SPY261218P00590000"
ABOVE, BELOW = Side.ABOVE, Side.BELOW
UP, DOWN, EITHER = Direction.UP, Direction.DOWN, Direction.EITHER
M, H, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def src(symbol: str, field: Field = Field.LAST) -> Source:
    return Source(symbol, field)


def over(symbol: str, level: str, field: Field = Field.LAST) -> Level:
    return Level(src(symbol, field), ABOVE, D(level))


def under(symbol: str, level: str, field: Field = Field.LAST) -> Level:
    return Level(src(symbol, field), BELOW, D(level))


def spread(*parts: tuple[str, str], field: Field = Field.LAST) -> Sum:
    return Sum(tuple(Weighted(D(weight), src(symbol, field)) for weight, symbol in parts))


def ratio(one: str, other: str, field: Field = Field.LAST) -> Ratio:
    return Ratio(src(one, field), src(other, field))


def either(value: Value, level: str) -> Any:
    return Any((Cross(value, ABOVE, D(level)), Cross(value, BELOW, D(level))))


def outside(value: Value, low: str, high: str) -> Any:
    return Any((Level(value, BELOW, D(low)), Level(value, ABOVE, D(high))))


def band(symbol: str, way: Way, low: str, high: str, field: Field = Field.LAST) -> Band:
    return Band(src(symbol, field), way, D(low), D(high))


def pct(value: str) -> Amount:
    return Amount(D(value), is_percent=True)


def amt(value: str) -> Amount:
    return Amount(D(value))


STRANGLE = spread(("1", PUT), ("1", CALL), field=Field.MID)
AAPL, SPY = src("AAPL"), src("SPY")

CONDITIONS: dict[str, tuple[tuple[str, Condition], ...]] = {
    "last, above": (
        ("AAPL > 200", over("AAPL", "200")),
        ("aapl &gt; 200", over("AAPL", "200")),
        ("AAPL&gt;200", over("AAPL", "200")),
        ("AAPL above $1,200.50", over("AAPL", "1200.5")),
        ("AAPL over 200", over("AAPL", "200")),
        ("AAPL last > 200.0", over("AAPL", "200")),
        ("BRK.B price above 500", over("BRK/B", "500")),
        ("/ESZ6 > 6000", over("/ESZ6", "6000")),
        ("SPY 18 dec 26 590 put > 3.40", over("SPY 18DEC26 590p", "3.4")),
    ),
    "last, below": (
        ("SPY < 590", under("SPY", "590")),
        ("SPY below .5", under("SPY", "0.5")),
        ("SPY under 590", under("SPY", "590")),
        ("spy&lt;590", under("SPY", "590")),
        ("SPY last under $590", under("SPY", "590")),
        ("SPY 261218P00590000 < 3", under(OCC, "3")),
    ),
    "bid": (
        ("AAPL bid > 200", over("AAPL", "200", Field.BID)),
        ("AAPL bid < 200", under("AAPL", "200", Field.BID)),
        ("SPY 18DEC26 562p bid above 3.40", over(PUT, "3.4", Field.BID)),
        ("aapl BID under 1.5", under("AAPL", "1.5", Field.BID)),
        ("/ESZ6 bid > 6000", over("/ESZ6", "6000", Field.BID)),
        ("SPY bid crosses above 590", Cross(src("SPY", Field.BID), ABOVE, D(590))),
    ),
    "ask": (
        ("AAPL ask > 200", over("AAPL", "200", Field.ASK)),
        ("AAPL ask < 200", under("AAPL", "200", Field.ASK)),
        ("SPY 18DEC26 562p ask under 3.40", under(PUT, "3.4", Field.ASK)),
        ("spy Ask > 1", over("SPY", "1", Field.ASK)),
        ("SPY ask enters 590..600", band("SPY", Way.ENTERS, "590", "600", Field.ASK)),
        ("SPY ask up 1% in 5m", Move(src("SPY", Field.ASK), UP, pct("1"), 5 * M)),
    ),
    "mid": (
        ("AAPL mid > 200", over("AAPL", "200", Field.MID)),
        ("AAPL mid < 200", under("AAPL", "200", Field.MID)),
        ("SPY 18DEC26 562p mid < 3.405", under(PUT, "3.405", Field.MID)),
        ("SPY 18DEC26 562p mid trails 20% from high", Trail(src(PUT, Field.MID), Reach.HIGH, pct("20"))),
        ("SPY mid leaves 590..600", band("SPY", Way.LEAVES, "590", "600", Field.MID)),
        ("/ESZ6 mid > 6000.125", over("/ESZ6", "6000.125", Field.MID)),
    ),
    "mark": (
        ("AAPL mark > 200", over("AAPL", "200", Field.MARK)),
        ("AAPL mark < 200", under("AAPL", "200", Field.MARK)),
        ("SPY 18DEC26 562p mark over 3.40", over(PUT, "3.4", Field.MARK)),
        ("SPY mark crosses 590", either(src("SPY", Field.MARK), "590")),
        ("SPY mark down 3 in 1h", Move(src("SPY", Field.MARK), DOWN, amt("3"), H)),
        ("SPY mark between 590 and 600", Not(outside(src("SPY", Field.MARK), "590", "600"))),
    ),
    "volume": (
        ("AAPL volume > 10m", over("AAPL", "10000000", Field.VOLUME)),
        ("AAPL volume > 1.5M", over("AAPL", "1500000", Field.VOLUME)),
        ("AAPL volume above 500k", over("AAPL", "500000", Field.VOLUME)),
        ("AAPL volume over 1,000,000", over("AAPL", "1000000", Field.VOLUME)),
        ("SPY 18DEC26 562p volume > 100", over(PUT, "100", Field.VOLUME)),
        ("AAPL volume crosses above 1000", Cross(src("AAPL", Field.VOLUME), ABOVE, D(1000))),
        ("AAPL volume / SPY volume > .5", Level(ratio("AAPL", "SPY", Field.VOLUME), ABOVE, D("0.5"))),
    ),
    "iv": (
        ("AAPL iv > 45", over("AAPL", "45", Field.IV)),
        ("AAPL iv > 45%", over("AAPL", "45", Field.IV)),
        ("AAPL IV under 22.5 %", under("AAPL", "22.5", Field.IV)),
        ("AAPL implied volatility above 30", over("AAPL", "30", Field.IV)),
        ("SPY 18DEC26 562p iv < 18", under(PUT, "18", Field.IV)),
        ("AAPL iv up 5 in 1d", Move(src("AAPL", Field.IV), UP, amt("5"), DAY)),
        ("AAPL iv down 10% in 1h", Move(src("AAPL", Field.IV), DOWN, pct("10"), H)),
    ),
    "iv rank": (
        ("AAPL iv rank > 50", over("AAPL", "50", Field.IV_RANK)),
        ("AAPL ivr > 50%", over("AAPL", "50", Field.IV_RANK)),
        ("AAPL IV Rank under 20", under("AAPL", "20", Field.IV_RANK)),
        ("SPY iv rank crosses above 62.5", Cross(src("SPY", Field.IV_RANK), ABOVE, D("62.5"))),
        ("SPY ivr between 30 and 50", Not(outside(src("SPY", Field.IV_RANK), "30", "50"))),
        ("SPY iv rank > 50 and SPY > 590", All((over("SPY", "50", Field.IV_RANK), over("SPY", "590")))),
    ),
    "greeks": (
        ("SPY 18DEC26 562p delta < -0.35", under(PUT, "-0.35", Field.DELTA)),
        ("SPY 18DEC26 630c delta above .35", over(CALL, "0.35", Field.DELTA)),
        ("SPY 18DEC26 562p gamma > 0.00012", over(PUT, "0.00012", Field.GAMMA)),
        ("SPY 18DEC26 562p theta < -1.25", under(PUT, "-1.25", Field.THETA)),
        ("SPY 18DEC26 562p vega > 0.5", over(PUT, "0.5", Field.VEGA)),
        ("SPY 18DEC26 562p rho < -0.1", under(PUT, "-0.1", Field.RHO)),
        (
            "SPY261218P00590000 delta between -0.35 and -0.15",
            Not(outside(src(OCC, Field.DELTA), "-0.35", "-0.15")),
        ),
        (
            "SPY 18DEC26 562p + SPY 18DEC26 630c delta > 0.1",
            Level(spread(("1", PUT), ("1", CALL), field=Field.DELTA), ABOVE, D("0.1")),
        ),
    ),
    "spread": (
        ("SPY - QQQ > 5", Level(spread(("1", "SPY"), ("-1", "QQQ")), ABOVE, D(5))),
        ("SPY-QQQ&lt;-5", Level(spread(("1", "SPY"), ("-1", "QQQ")), BELOW, D(-5))),
        ("(SPY - QQQ) > 5", Level(spread(("1", "SPY"), ("-1", "QQQ")), ABOVE, D(5))),
        ("2 SPY - 3 QQQ > 0", Level(spread(("2", "SPY"), ("-3", "QQQ")), ABOVE, D(0))),
        ("SPY -2 QQQ > 5", Level(spread(("1", "SPY"), ("-2", "QQQ")), ABOVE, D(5))),
        ("-SPY + 2x QQQ > 5", Level(spread(("-1", "SPY"), ("2", "QQQ")), ABOVE, D(5))),
        ("-2 SPY + 0.5 * QQQ > 5", Level(spread(("-2", "SPY"), ("0.5", "QQQ")), ABOVE, D(5))),
        ("SPY - QQQ bid > 5", Level(spread(("1", "SPY"), ("-1", "QQQ"), field=Field.BID), ABOVE, D(5))),
        (
            "SPY bid - QQQ ask > 5",
            Level(
                Sum((Weighted(D(1), src("SPY", Field.BID)), Weighted(D(-1), src("QQQ", Field.ASK)))),
                ABOVE,
                D(5),
            ),
        ),
        ("/ESZ6 - 10 SPY crosses 12", either(spread(("1", "/ESZ6"), ("-10", "SPY")), "12")),
    ),
    "ratio": (
        ("SPY / QQQ > 1.2", Level(ratio("SPY", "QQQ"), ABOVE, D("1.2"))),
        ("SPY/QQQ>1.2", Level(ratio("SPY", "QQQ"), ABOVE, D("1.2"))),
        ("SPY / QQQ under 1.15", Level(ratio("SPY", "QQQ"), BELOW, D("1.15"))),
        ("SPY / QQQ mid crosses below 1.1", Cross(ratio("SPY", "QQQ", Field.MID), BELOW, D("1.1"))),
        ("SPY / QQQ moves 2% in 1h", Move(ratio("SPY", "QQQ"), EITHER, pct("2"), H)),
        ("SPY / /ESZ6 < 0.1", Level(ratio("SPY", "/ESZ6"), BELOW, D("0.1"))),
        ("(GLD / SLV) enters 80..90", Band(ratio("GLD", "SLV"), Way.ENTERS, D(80), D(90))),
    ),
    "position": (
        ("SPY 18DEC26 562p + SPY 18DEC26 630c > 5", Level(STRANGLE, ABOVE, D(5))),
        ("SPY 18 dec 26 562 put + SPY 18 dec 26 630 call under 2.5", Level(STRANGLE, BELOW, D("2.5"))),
        ("SPY 18DEC26 562p + SPY 18DEC26 630c mid > 5", Level(STRANGLE, ABOVE, D(5))),
        (
            "SPY 18DEC26 562p + SPY 18DEC26 630c mark > 5",
            Level(spread(("1", PUT), ("1", CALL), field=Field.MARK), ABOVE, D(5)),
        ),
        (
            "SPY 18DEC26 562p - SPY 18DEC26 550p < 1.2",
            Level(spread(("1", PUT), ("-1", "SPY 18DEC26 550p"), field=Field.MID), BELOW, D("1.2")),
        ),
        (
            "SPY - SPY 18DEC26 630c > 580",
            Level(spread(("1", "SPY"), ("-1", CALL), field=Field.MID), ABOVE, D(580)),
        ),
        (
            "2 SPY 18DEC26 562p - SPY261218P00590000 crosses above 0",
            Cross(spread(("2", PUT), ("-1", OCC), field=Field.MID), ABOVE, D(0)),
        ),
    ),
    "crosses up": (
        ("AAPL crosses up 200", Cross(AAPL, ABOVE, D(200))),
        ("AAPL crosses up through 200", Cross(AAPL, ABOVE, D(200))),
        ("AAPL crosses above 200", Cross(AAPL, ABOVE, D(200))),
        ("AAPL crosses over $200", Cross(AAPL, ABOVE, D(200))),
        ("AAPL crosses > 200", Cross(AAPL, ABOVE, D(200))),
        ("AAPL cross above 200", Cross(AAPL, ABOVE, D(200))),
    ),
    "crosses down": (
        ("AAPL crosses down 200", Cross(AAPL, BELOW, D(200))),
        ("AAPL crosses down through 200", Cross(AAPL, BELOW, D(200))),
        ("AAPL crosses below 200", Cross(AAPL, BELOW, D(200))),
        ("AAPL crosses under 200", Cross(AAPL, BELOW, D(200))),
        ("AAPL crosses &lt; 200", Cross(AAPL, BELOW, D(200))),
        ("AAPL > 210 or crosses below 200", Any((over("AAPL", "210"), Cross(AAPL, BELOW, D(200))))),
    ),
    "crosses either way": (
        ("AAPL crosses 200", either(AAPL, "200")),
        ("AAPL crosses through 200", either(AAPL, "200")),
        ("AAPL cross 200", either(AAPL, "200")),
        ("AAPL bid crosses 200", either(src("AAPL", Field.BID), "200")),
        ("SPY - QQQ crosses 0", either(spread(("1", "SPY"), ("-1", "QQQ")), "0")),
        ("AAPL crosses 200 or SPY < 590", Any((either(AAPL, "200"), under("SPY", "590")))),
    ),
    "band": (
        ("AAPL enters 195..205", band("AAPL", Way.ENTERS, "195", "205")),
        ("AAPL enters 195 to 205", band("AAPL", Way.ENTERS, "195", "205")),
        ("AAPL enters 195 .. $205.50", band("AAPL", Way.ENTERS, "195", "205.5")),
        ("AAPL leaves 195..205", band("AAPL", Way.LEAVES, "195", "205")),
        ("AAPL leaves 195 and 205", band("AAPL", Way.LEAVES, "195", "205")),
        ("AAPL leaves 195 - 205", band("AAPL", Way.LEAVES, "195", "205")),
        ("AAPL between 195..205", Not(outside(AAPL, "195", "205"))),
        ("AAPL between 195 and 205", Not(outside(AAPL, "195", "205"))),
        ("AAPL inside 195...205", Not(outside(AAPL, "195", "205"))),
        ("AAPL outside 195..205", outside(AAPL, "195", "205")),
        ("AAPL < 195 or > 205", outside(AAPL, "195", "205")),
        ("SPY - QQQ leaves -5..5", Band(spread(("1", "SPY"), ("-1", "QQQ")), Way.LEAVES, D(-5), D(5))),
    ),
    "move": (
        ("AAPL moves 2% in 15m", Move(AAPL, EITHER, pct("2"), 15 * M)),
        ("AAPL up 3 in 1h", Move(AAPL, UP, amt("3"), H)),
        ("AAPL moves up 3 in 1 hour", Move(AAPL, UP, amt("3"), H)),
        ("AAPL drops 5% in 1d", Move(AAPL, DOWN, pct("5"), DAY)),
        ("AAPL falls $5 within 90 minutes", Move(AAPL, DOWN, amt("5"), 90 * M)),
        ("AAPL rises 1.5 % in 2 days", Move(AAPL, UP, pct("1.5"), 2 * DAY)),
        ("AAPL moves down 2% in 300s", Move(AAPL, DOWN, pct("2"), 5 * M)),
        ("AAPL gains 150% in 5d", Move(AAPL, UP, pct("150"), 5 * DAY)),
        ("AAPL loses 2% in 1h", Move(AAPL, DOWN, pct("2"), H)),
        ("SPY - QQQ moves 2 in 1h", Move(spread(("1", "SPY"), ("-1", "QQQ")), EITHER, amt("2"), H)),
    ),
    "trail": (
        ("AAPL trails 5% from high", Trail(AAPL, Reach.HIGH, pct("5"))),
        ("AAPL 3 off the high", Trail(AAPL, Reach.HIGH, amt("3"))),
        ("AAPL 5 % off its high", Trail(AAPL, Reach.HIGH, pct("5"))),
        ("AAPL down 5% from the high", Trail(AAPL, Reach.HIGH, pct("5"))),
        ("AAPL up 2% from low", Trail(AAPL, Reach.LOW, pct("2"))),
        ("AAPL trails $2 from low", Trail(AAPL, Reach.LOW, amt("2"))),
        ("AAPL 2% above the low", Trail(AAPL, Reach.LOW, pct("2"))),
        ("AAPL > 200 or 3 below the high", Any((over("AAPL", "200"), Trail(AAPL, Reach.HIGH, amt("3"))))),
        ("SPY - QQQ 2 off high", Trail(spread(("1", "SPY"), ("-1", "QQQ")), Reach.HIGH, amt("2"))),
    ),
    "gap": (
        ("AAPL gaps 2%", Gap("AAPL", EITHER, pct("2"))),
        ("AAPL gaps down 3", Gap("AAPL", DOWN, amt("3"))),
        ("AAPL gaps up 1.5 %", Gap("AAPL", UP, pct("1.5"))),
        ("AAPL gap up $3", Gap("AAPL", UP, amt("3"))),
        ("AAPL gaps 2% at the open", Gap("AAPL", EITHER, pct("2"))),
        ("/ESZ6 gaps 20 at open", Gap("/ESZ6", EITHER, amt("20"))),
        ("AAPL > 200 or gaps down 2%", Any((over("AAPL", "200"), Gap("AAPL", DOWN, pct("2"))))),
    ),
    "record": (
        ("AAPL new 52-week high", Extreme("AAPL", Reach.HIGH, Period.WEEKS_52)),
        ("AAPL new 52 week low", Extreme("AAPL", Reach.LOW, Period.WEEKS_52)),
        ("AAPL makes a new 52w high", Extreme("AAPL", Reach.HIGH, Period.WEEKS_52)),
        ("AAPL new day high", Extreme("AAPL", Reach.HIGH, Period.DAY)),
        ("AAPL new low of the day", Extreme("AAPL", Reach.LOW, Period.DAY)),
        ("AAPL makes new high in 52 weeks", Extreme("AAPL", Reach.HIGH, Period.WEEKS_52)),
        ("AAPL new intraday low", Extreme("AAPL", Reach.LOW, Period.DAY)),
        ("AAPL < 180 or new day low", Any((under("AAPL", "180"), Extreme("AAPL", Reach.LOW, Period.DAY)))),
    ),
    "and": (
        ("AAPL > 200 and SPY < 590", All((over("AAPL", "200"), under("SPY", "590")))),
        ("not AAPL < 200 and SPY < 590", All((Not(under("AAPL", "200")), under("SPY", "590")))),
        ("AAPL > 200 AND < 210", All((over("AAPL", "200"), under("AAPL", "210")))),
        (
            "AAPL > 1 and SPY > 2 and QQQ > 3",
            All((over("AAPL", "1"), over("SPY", "2"), over("QQQ", "3"))),
        ),
        (
            "AAPL > 1 and (SPY > 2 and QQQ > 3)",
            All((over("AAPL", "1"), All((over("SPY", "2"), over("QQQ", "3"))))),
        ),
        (
            "AAPL crosses up 200 and AAPL volume > 5m",
            All((Cross(AAPL, ABOVE, D(200)), over("AAPL", "5000000", Field.VOLUME))),
        ),
    ),
    "a field without its symbol": (
        ("AAPL > 200 and bid > 199", All((over("AAPL", "200"), over("AAPL", "199", Field.BID)))),
        ("AAPL > 200 and volume > 5m", All((over("AAPL", "200"), over("AAPL", "5000000", Field.VOLUME)))),
        ("AAPL > 200 and iv rank > 50", All((over("AAPL", "200"), over("AAPL", "50", Field.IV_RANK)))),
        ("AAPL iv > 40 or price < 9", Any((over("AAPL", "40", Field.IV), under("AAPL", "9")))),
        (
            "AAPL > 200 or mid moves 2% in 1h",
            Any((over("AAPL", "200"), Move(src("AAPL", Field.MID), EITHER, pct("2"), H))),
        ),
        ("AAPL > 200 and MARK last > 5", All((over("AAPL", "200"), over("MARK", "5")))),
        ("MARK > 5 or BID > 6", Any((over("MARK", "5"), over("MARK", "6", Field.BID)))),
    ),
    "or": (
        ("AAPL > 200 or OVERS > 5", Any((over("AAPL", "200"), over("OVERS", "5")))),
        ("AAPL > 200 or < 180", Any((over("AAPL", "200"), under("AAPL", "180")))),
        ("AAPL > 200 or SPY < 590", Any((over("AAPL", "200"), under("SPY", "590")))),
        ("AAPL > 200 or up 2% in 1h", Any((over("AAPL", "200"), Move(AAPL, UP, pct("2"), H)))),
        ("AAPL > 200 or UP > 5", Any((over("AAPL", "200"), over("UP", "5")))),
        ("OR > 40 or OR < 30", Any((over("OR", "40"), under("OR", "30")))),
        (
            "AAPL > 1 and SPY > 2 or QQQ > 3",
            Any((All((over("AAPL", "1"), over("SPY", "2"))), over("QQQ", "3"))),
        ),
        (
            "AAPL > 1 and (SPY > 2 or < 1)",
            All((over("AAPL", "1"), Any((over("SPY", "2"), under("SPY", "1"))))),
        ),
    ),
    "not": (
        ("not AAPL > 200", Not(over("AAPL", "200"))),
        ("not (AAPL > 200 and SPY < 590)", Not(All((over("AAPL", "200"), under("SPY", "590"))))),
        ("SPY < 590 and not AAPL > 200", All((under("SPY", "590"), Not(over("AAPL", "200"))))),
        ("not not AAPL > 200", Not(Not(over("AAPL", "200")))),
        ("AAPL > 200 and not > 210", All((over("AAPL", "200"), Not(over("AAPL", "210"))))),
        ("not AAPL moves 2% in 1h", Not(Move(AAPL, EITHER, pct("2"), H))),
    ),
    "for": (
        ("SPY < 590 for 2m", Held(under("SPY", "590"), 2 * M)),
        ("SPY < 590 for 5 minutes", Held(under("SPY", "590"), 5 * M)),
        ("SPY < 590 for 90s", Held(under("SPY", "590"), timedelta(seconds=90))),
        ("(SPY < 590 and AAPL > 200) for 1h", Held(All((under("SPY", "590"), over("AAPL", "200"))), H)),
        ("SPY < 590 for 5m and AAPL > 200", All((Held(under("SPY", "590"), 5 * M), over("AAPL", "200")))),
        ("AAPL > 200 or (SPY < 590 for 5m)", Any((over("AAPL", "200"), Held(under("SPY", "590"), 5 * M)))),
        ("AAPL between 195 and 205 for 30 min", Held(Not(outside(AAPL, "195", "205")), 30 * M)),
        ("not (SPY < 590 for 5m)", Not(Held(under("SPY", "590"), 5 * M))),
        ("(not SPY < 590) for 5m", Held(Not(under("SPY", "590")), 5 * M)),
    ),
}

PLAIN = over("AAPL", "200")


def terms(**changes: object) -> AlertTerms:
    return AlertTerms(PLAIN, **changes)  # type: ignore[arg-type]


def repeats(often: Often, rearm: Amount | None = None, cooldown: timedelta | None = None) -> AlertTerms:
    return terms(repeat=Repeat(often, rearm, cooldown))


def escalated(to: str, after: timedelta | None = None) -> AlertTerms:
    return terms(severity=Severity.CRITICAL, escalate=Escalation(to, after))


EVERY, DAILY, ONCE = Often.EVERY, Often.DAILY, Often.ONCE
CLAUSES: dict[str, tuple[tuple[str, AlertTerms], ...]] = {
    "once": (
        ("AAPL > 200", terms()),
        ("AAPL > 200 once", repeats(ONCE)),
        ("AAPL > 200 ONCE", repeats(ONCE)),
        ("AAPL > 200 once critical", terms(severity=Severity.CRITICAL)),
        ("AAPL > 200 market hours once", terms(hours=Hours.REGULAR)),
        ("AAPL > 200 for 5m once", AlertTerms(Held(PLAIN, 5 * M))),
    ),
    "every time": (
        ("AAPL > 200 every time", repeats(EVERY)),
        ("AAPL > 200 always", repeats(EVERY)),
        ("AAPL > 200 every time rearm 1 cooldown 30m", repeats(EVERY, amt("1"), 30 * M)),
        ("AAPL > 200 every time rearm 0.5%", repeats(EVERY, pct("0.5"))),
        ("AAPL > 200 cooldown 1h every time", repeats(EVERY, cooldown=H)),
        ("AAPL > 200 every time re-arm 2", repeats(EVERY, amt("2"))),
        ("AAPL > 200 rearm 1 every time", repeats(EVERY, amt("1"))),
    ),
    "daily": (
        ("AAPL > 200 daily", repeats(DAILY)),
        ("AAPL > 200 once a day", repeats(DAILY)),
        ("AAPL > 200 every day", repeats(DAILY)),
        ("AAPL > 200 daily rearm 1%", repeats(DAILY, pct("1"))),
        ("AAPL > 200 Daily until friday", terms(repeat=Repeat(DAILY), until=date(2026, 12, 4))),
        (
            "AAPL > 200 and SPY < 590 daily until friday",
            AlertTerms(All((PLAIN, under("SPY", "590"))), Repeat(DAILY), until=date(2026, 12, 4)),
        ),
    ),
    "until": (
        ("AAPL > 200 until friday", terms(until=date(2026, 12, 4))),
        ("AAPL > 200 until next friday", terms(until=date(2026, 12, 4))),
        ("AAPL > 200 until monday", terms(until=TODAY)),
        ("AAPL > 200 until next monday", terms(until=date(2026, 12, 7))),
        ("AAPL > 200 until today", terms(until=TODAY)),
        ("AAPL > 200 until tomorrow", terms(until=date(2026, 12, 1))),
        ("AAPL > 200 until 18 dec", terms(until=date(2026, 12, 18))),
        ("AAPL > 200 until dec 18", terms(until=date(2026, 12, 18))),
        ("AAPL > 200 until 18dec", terms(until=date(2026, 12, 18))),
        ("AAPL > 200 until 18DEC26", terms(until=date(2026, 12, 18))),
        ("AAPL > 200 until 18 Dec 2026", terms(until=date(2026, 12, 18))),
        ("AAPL > 200 until 2026-12-18", terms(until=date(2026, 12, 18))),
        ("AAPL > 200 until 12/18/26", terms(until=date(2026, 12, 18))),
        ("AAPL > 200 until 29 nov", terms(until=date(2027, 11, 29))),
    ),
    "hours": (
        ("AAPL > 200 market hours", terms(hours=Hours.REGULAR)),
        ("AAPL > 200 regular hours", terms(hours=Hours.REGULAR)),
        ("AAPL > 200 RTH", terms(hours=Hours.REGULAR)),
        ("AAPL > 200 all hours", terms()),
        ("AAPL > 200 extended hours", terms()),
        ("AAPL > 200 market hours daily", terms(hours=Hours.REGULAR, repeat=Repeat(DAILY))),
    ),
    "severity": (
        ("AAPL > 200 critical", terms(severity=Severity.CRITICAL)),
        ("AAPL > 200 warning", terms()),
        ("AAPL > 200 notice", terms(severity=Severity.NOTICE)),
        ("AAPL > 200 CRITICAL", terms(severity=Severity.CRITICAL)),
        ("AAPL > 200 notice daily", terms(severity=Severity.NOTICE, repeat=Repeat(DAILY))),
        ("AAPL > 200 until today critical", terms(severity=Severity.CRITICAL, until=TODAY)),
    ),
    "to": (
        ("AAPL > 200 to <#C12345|desk>", terms(to="C12345")),
        ("AAPL > 200 to <#C12345>", terms(to="C12345")),
        ("AAPL > 200 to <@U12345|ben>", terms(to="U12345")),
        ("AAPL > 200 to <@W12345>", terms(to="W12345")),
        ("AAPL > 200 to C12345", terms(to="C12345")),
        ("AAPL > 200 to <#G12345|private-desk> daily", terms(to="G12345", repeat=Repeat(DAILY))),
    ),
    "escalate": (
        ("AAPL > 200 critical escalate to risk after 10m", escalated("risk", 10 * M)),
        ("AAPL > 200 escalate after 2 minutes to role risk critical", escalated("risk", 2 * M)),
        ("AAPL > 200 critical escalate to everybody with role operator", escalated("operator")),
        ("AAPL > 200 critical escalate after 1h", escalated("", H)),
        ("AAPL > 200 critical escalate to <@U12345|ben>", escalated("U12345")),
        ("AAPL > 200 critical escalate to <#C12345|desk> after 1d", escalated("C12345", DAY)),
        (
            "AAPL > 200 critical escalate to risk to <#C12345|desk>",
            terms(severity=Severity.CRITICAL, to="C12345", escalate=Escalation("risk")),
        ),
    ),
}
