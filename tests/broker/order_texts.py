"""Order texts and the request each has to become, written by hand. SPY stands at 597.40, AAPL at 187.47.

A leg is `STO 2 SPY 261218P580`: tastytrade's action by its letters, contracts or shares, root, contract; a future
that opens is `BUY 1 /ESZ6`, neither open nor close.
"""

from __future__ import annotations

from typing import Any

ACTIONS = {
    "BTO": "Buy to Open",
    "STO": "Sell to Open",
    "BTC": "Buy to Close",
    "STC": "Sell to Close",
    "BUY": "Buy",
    "SELL": "Sell",
}
STRICT = {"strict-position-effect-validation": True}


def leg(text: str) -> dict[str, Any]:
    action, quantity, root, *contract = text.split()
    symbol = root
    if contract:
        day, right, strike = contract[0][:6], contract[0][6], contract[0][7:]
        symbol = f"{root:<6}{day}{right}{int(float(strike) * 1000):08d}"
    kind = "Equity Option" if contract else "Future" if root.startswith("/") else "Equity"
    made: dict[str, Any] = {"action": ACTIONS[action], "instrument-type": kind, "symbol": symbol}
    return made | ({} if quantity == "-" else {"quantity": int(quantity)})


def body(price: str, *legs: str, kind: str = "Limit", tif: str = "Day", **more: Any) -> dict[str, Any]:
    """`price`: `1.2 credit`, or "" where there is none. `more` with underscores for dashes."""
    made: dict[str, Any] = {"legs": [leg(one) for one in legs], "order-type": kind, "time-in-force": tif}
    if price:
        number, effect = price.split()
        made |= {"price": number, "price-effect": effect.capitalize()}
    if any(one.startswith(("BTC", "STC")) for one in legs):
        made["advanced-instructions"] = STRICT
    return made | {key.replace("_", "-"): value for key, value in more.items()}


def otoco(first: dict[str, Any], *children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "OTOCO", "trigger-order": first, "orders": list(children)}


def oto(first: dict[str, Any], *children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "OTO", "trigger-order": first, "orders": list(children)}


def oco(*both: dict[str, Any]) -> dict[str, Any]:
    return {"type": "OCO", "orders": list(both)}


P580, P575, P562, P590 = "SPY 261218P580", "SPY 261218P575", "SPY 261218P562", "SPY 261218P590"
C615, C620, C630, C600 = "SPY 261218C615", "SPY 261218C620", "SPY 261218C630", "SPY 261218C600"
C610, C590, J590, J600 = "SPY 261218C610", "SPY 261218C590", "SPY 270115C590", "SPY 270115C600"
P597, C597, P587, C607 = "SPY 261218P597", "SPY 261218C597", "SPY 261218P587", "SPY 261218C607"

INSTRUMENTS = [
    ("buy 100 AAPL @ 187.50", body("187.5 debit", "BTO 100 AAPL")),
    ("buy 10 SPY @ 590", body("590 debit", "BTO 10 SPY")),
    ("buy 5 BRK.B @ 480", body("480 debit", "BTO 5 BRK/B")),
    ("sell 50 AAPL @ 190", body("190 credit", "STC 50 AAPL")),
    ("buy 2 SPY 18DEC26 590p @ 3.40", body("3.4 debit", f"BTO 2 {P590}")),
    ("buy 2 SPY261218P00590000 @ 3.40", body("3.4 debit", f"BTO 2 {P590}")),
    ("sell 1 SPX 18DEC26 5800p @ 30", body("30 credit", "STO 1 SPX 261218P5800")),
    ("sell 1 SPXW 18DEC26 5800p @ 30", body("30 credit", "STO 1 SPXW 261218P5800")),
]
AMOUNTS = [
    ("buy $500 SPY", body("", "BTO - SPY", kind="Notional Market", value="500", value_effect="Debit")),
    (
        "buy $1,000 of AAPL mkt",
        body("", "BTO - AAPL", kind="Notional Market", value="1000", value_effect="Debit"),
    ),
    (
        "sell $250 AAPL mkt",
        body("", "STC - AAPL", kind="Notional Market", value="250", value_effect="Credit"),
    ),
    ("sell half AAPL @ 190", body("190 credit", "STC 150 AAPL")),
    ("sell a third AAPL @ 190", body("190 credit", "STC 100 AAPL")),
    ("sell 25% of AAPL @ 190", body("190 credit", "STC 75 AAPL")),
    ("sell all AAPL @ 190", body("190 credit", "STC 300 AAPL")),
    ("sell two thirds AAPL mkt", body("", "STC 200 AAPL", kind="Market")),
]
PRICES = [
    ("sell 50 AAPL mkt", body("", "STC 50 AAPL", kind="Market")),
    ("sell 100 AAPL stop 180 gtc", body("", "STC 100 AAPL", kind="Stop", tif="GTC", stop_trigger="180")),
    (
        "sell 100 AAPL stop 180 limit 179.50",
        body("179.5 credit", "STC 100 AAPL", kind="Stop Limit", stop_trigger="180"),
    ),
    ("buy 10 AAPL @ mid", body("187.47 debit", "BTO 10 AAPL")),
    ("buy 10 AAPL @ mid-0.05", body("187.42 debit", "BTO 10 AAPL")),
    ("sell 10 AAPL @ bid", body("187.44 credit", "STC 10 AAPL")),
    ("buy 10 AAPL @ ask+0.01", body("187.51 debit", "BTO 10 AAPL")),
    ("sell 1 SPY 18DEC26 580/575 put vertical @ mid", body("0.9 credit", f"STO 1 {P580}", f"BTO 1 {P575}")),
    ("sell 1 SPY 18DEC26 580/575 put vertical @ bid", body("0.8 credit", f"STO 1 {P580}", f"BTO 1 {P575}")),
]
TIMES = [
    ("buy 10 AAPL @ 187 day", body("187 debit", "BTO 10 AAPL")),
    ("buy 10 AAPL @ 187 gtc", body("187 debit", "BTO 10 AAPL", tif="GTC")),
    ("buy 10 AAPL @ 187 until 18DEC26", body("187 debit", "BTO 10 AAPL", tif="GTD", gtc_date="2026-12-18")),
    ("buy 10 AAPL @ 187 ext", body("187 debit", "BTO 10 AAPL", tif="Ext")),
    ("buy 10 AAPL @ 187 gtc ext", body("187 debit", "BTO 10 AAPL", tif="GTC Ext")),
    ("buy 10 AAPL @ 187 overnight", body("187 debit", "BTO 10 AAPL", tif="Ext Overnight")),
    ("buy 10 AAPL @ 187 gtc overnight", body("187 debit", "BTO 10 AAPL", tif="GTC Ext Overnight")),
    ("buy 10 AAPL @ 187 ioc", body("187 debit", "BTO 10 AAPL", tif="IOC")),
]
LEGS_BY_THE_MARKET = [
    ("sell 1 SPY put 45d 16Δ @ 3", body("3 credit", "STO 1 SPY 270108P556")),
    ("sell 1 SPY 20-delta call 45d @ 3", body("3 credit", "STO 1 SPY 270108C622")),
    ("sell 1 SPY 0.30 delta put monthly @ 6", body("6 credit", "STO 1 SPY 261218P585")),
    ("buy 1 SPY friday atm call @ 4", body("4 debit", "BTO 1 SPY 261127C597")),
    ("buy 1 SPY next friday 600c @ 1", body("1 debit", "BTO 1 SPY 261127C600")),
    ("sell 1 SPY dec monthly 5% put @ 2", body("2 credit", "STO 1 SPY 261218P568")),
    ("sell 1 SPY put spread 18DEC26 580 5 wide @ 0.90", body("0.9 credit", f"STO 1 {P580}", f"BTO 1 {P575}")),
    ("sell 1 SPY jan 27 monthly 570p @ 4", body("4 credit", "STO 1 SPY 270115P570")),
]
SINGLES = [
    ("sell 1 SPY 18 dec 26 600 call @ 2.15 gtc", body("2.15 credit", f"STO 1 {C600}", tif="GTC")),
    ("sell 1 SPY 590p 18DEC26 @ 6.10", body("6.1 credit", f"STO 1 {P590}")),
    ("buy 1 SPY put 590 18DEC26 @ 3", body("3 debit", f"BTO 1 {P590}")),
    ("buy SPY 18DEC26 590p 2 @ 3.40", body("3.4 debit", f"BTO 2 {P590}")),
    ("buy 1 SPY 2026-12-18 600c @ 3", body("3 debit", f"BTO 1 {C600}")),
    ("sell 3 SPY 20-delta call 45d @ 2.90", body("2.9 credit", "STO 3 SPY 270108C622")),
    ("sell 1 SPY 12/18/26 580p @ mid", body("4 credit", f"STO 1 {P580}")),
    ("buy 1 SPY 18DEC26 580p mkt", body("", f"BTO 1 {P580}", kind="Market")),
]
VERTICALS = [
    ("sell 1 SPY 18DEC26 580/575 put vertical @ 1.20", body("1.2 credit", f"STO 1 {P580}", f"BTO 1 {P575}")),
    (
        "sell 1 SPY 18DEC26 575/580 put spread @ 1.20 credit",
        body("1.2 credit", f"STO 1 {P580}", f"BTO 1 {P575}"),
    ),
    (
        "buy 2 SPY 18DEC26 590/600 call vertical for 4.10 debit",
        body("4.1 debit", f"BTO 2 {C590}", f"STO 2 {C600}"),
    ),
    ("sell 1 SPY 18DEC26 580p/575p vertical @ mid", body("0.9 credit", f"STO 1 {P580}", f"BTO 1 {P575}")),
    (
        "sell 1 SPY put vertical 45d 30Δ 5 wide @ 1.10",
        body("1.1 credit", "STO 1 SPY 270108P581", "BTO 1 SPY 270108P576"),
    ),
    ("buy 1 SPY put vertical 18DEC26 580/575 @ 0.85", body("0.85 debit", f"BTO 1 {P580}", f"STO 1 {P575}")),
    (
        "sell 1 vertical SPY 18DEC26 580 put 575 put @ 1.20",
        body("1.2 credit", f"STO 1 {P580}", f"BTO 1 {P575}"),
    ),
    (
        "sell 1 SPY 18DEC26 580 5 wide put vertical stop 3 limit 3.20",
        body("3.2 credit", f"STO 1 {P580}", f"BTO 1 {P575}", kind="Stop Limit", stop_trigger="3"),
    ),
]
STRANGLES = [
    (
        "sell 2 SPY 18DEC26 580/615 strangle @ 6.20 gtc",
        body("6.2 credit", f"STO 2 {P580}", f"STO 2 {C615}", tif="GTC"),
    ),
    ("sell 2 SPY 18DEC26 615/580 strangle @ 6.20", body("6.2 credit", f"STO 2 {P580}", f"STO 2 {C615}")),
    ("buy 1 SPY 18DEC26 580p/615c strangle @ 6 debit", body("6 debit", f"BTO 1 {P580}", f"BTO 1 {C615}")),
    ("sell 1 SPY strangle 18DEC26 580/615 @ mid", body("6.15 credit", f"STO 1 {P580}", f"STO 1 {C615}")),
    ("sell 1 SPY 18DEC26 580/615 strangle @ mid-0.05", body("6.1 credit", f"STO 1 {P580}", f"STO 1 {C615}")),
    ("sell 1 SPY strangle 45d 16Δ @ 5", body("5 credit", "STO 1 SPY 270108P556", "STO 1 SPY 270108C626")),
    (
        "sell 1 SPY strangle monthly 5% @ 2.50",
        body("2.5 credit", "STO 1 SPY 261218P568", "STO 1 SPY 261218C627"),
    ),
    (
        "sell 2 SPY 18DEC26 615 call 580 put strangle @ mid",
        body("6.15 credit", f"STO 2 {P580}", f"STO 2 {C615}"),
    ),
]
STRADDLES = [
    ("sell 1 SPY 18DEC26 597 straddle @ 19.10", body("19.1 credit", f"STO 1 {P597}", f"STO 1 {C597}")),
    ("buy 1 SPY straddle 18DEC26 atm @ 19", body("19 debit", f"BTO 1 {P597}", f"BTO 1 {C597}")),
    ("sell 1 SPY straddle 597 18 dec 2026 @ mid", body("19.1 credit", f"STO 1 {P597}", f"STO 1 {C597}")),
    ("sell 3 straddles SPY monthly atm @ 19", body("19 credit", f"STO 3 {P597}", f"STO 3 {C597}")),
    (
        "sell 1 SPY at the money straddle 45d @ 25",
        body("25 credit", "STO 1 SPY 270108P597", "STO 1 SPY 270108C597"),
    ),
    ("sell 1 SPY 18DEC26 597/597 straddle @ 19", body("19 credit", f"STO 1 {P597}", f"STO 1 {C597}")),
    ("buy 1 SPY 18DEC26 597 straddle @ 19 db", body("19 debit", f"BTO 1 {P597}", f"BTO 1 {C597}")),
    (
        "buy 1 SPY monthly atm straddle stop 25 limit 26",
        body("26 debit", f"BTO 1 {P597}", f"BTO 1 {C597}", kind="Stop Limit", stop_trigger="25"),
    ),
]
_CONDOR = (f"STO 1 {P580}", f"BTO 1 {P575}", f"STO 1 {C615}", f"BTO 1 {C620}")
CONDORS = [
    ("sell 1 SPY 18DEC26 615/620/580/575 iron condor @ 1.70", body("1.7 credit", *_CONDOR)),
    ("sell 1 SPY 18DEC26 575/580/615/620 iron condor for 1.70 credit", body("1.7 credit", *_CONDOR)),
    ("sell 1 SPY iron condor 18DEC26 575p/580p/615c/620c @ mid", body("1.7 credit", *_CONDOR)),
    ("sell 1 SPY 18DEC26 580/615 5 wide iron condor @ mid", body("1.7 credit", *_CONDOR)),
    (
        "buy 1 SPY 18DEC26 575/580/615/620 iron condor @ 1.60 debit",
        body("1.6 debit", f"BTO 1 {P580}", f"STO 1 {P575}", f"BTO 1 {C615}", f"STO 1 {C620}"),
    ),
    (
        "sell 1 SPY iron condor 45d 16Δ 5 wide @ 1.30",
        body(
            "1.3 credit",
            "STO 1 SPY 270108P556",
            "BTO 1 SPY 270108P551",
            "STO 1 SPY 270108C626",
            "BTO 1 SPY 270108C631",
        ),
    ),
    (
        "sell 2 iron condors SPY monthly 5% $5 wide @ 0.60",
        body(
            "0.6 credit",
            "STO 2 SPY 261218P568",
            "BTO 2 SPY 261218P563",
            "STO 2 SPY 261218C627",
            "BTO 2 SPY 261218C632",
        ),
    ),
    ("sell 1 SPY 18DEC26 575/580/615/620 iron condor @ ask gtc", body("1.9 credit", *_CONDOR, tif="GTC")),
]
_FLY = (f"STO 1 {P597}", f"BTO 1 {P587}", f"STO 1 {C597}", f"BTO 1 {C607}")
IRON_FLIES = [
    ("sell 1 SPY 18DEC26 587/597/607 iron butterfly @ 8", body("8 credit", *_FLY)),
    ("sell 1 SPY 18DEC26 597/607/597/587 iron fly @ 8", body("8 credit", *_FLY)),
    ("sell 1 SPY iron butterfly monthly atm 10 wide @ 8", body("8 credit", *_FLY)),
    ("sell 1 SPY 18DEC26 597 10 wide iron butterfly @ 8", body("8 credit", *_FLY)),
    ("sell 1 SPY iron fly 18DEC26 atm 10-wide @ mid", body("9 credit", *_FLY)),
    (
        "buy 1 SPY 18DEC26 587/597/607 iron butterfly @ 8 debit",
        body("8 debit", f"BTO 1 {P597}", f"STO 1 {P587}", f"BTO 1 {C597}", f"STO 1 {C607}"),
    ),
    (
        "sell 2 iron flies SPY 18DEC26 607/597/587 @ 8 gtc",
        body("8 credit", *(one.replace(" 1 ", " 2 ") for one in _FLY), tif="GTC"),
    ),
    ("sell 1 SPY 18DEC26 587p/597p/597c/607c iron butterfly @ mid", body("9 credit", *_FLY)),
]
_CALLS = (f"BTO 1 {C590}", f"STO 2 {C600}", f"BTO 1 {C610}")
BUTTERFLIES = [
    ("buy 1 SPY 18DEC26 590/600/610 call butterfly @ 1.50", body("1.5 debit", *_CALLS)),
    ("buy 1 SPY 18DEC26 610/600/590 call fly @ 1.50", body("1.5 debit", *_CALLS)),
    (
        "sell 1 SPY 18DEC26 590/600/610 call butterfly @ 1.50 credit",
        body("1.5 credit", f"STO 1 {C590}", f"BTO 2 {C600}", f"STO 1 {C610}"),
    ),
    ("buy 1 SPY call butterfly 18DEC26 600 10 wide @ mid", body("1.9 debit", *_CALLS)),
    ("buy 1 SPY 18DEC26 600c 10 wide butterfly @ 1.50", body("1.5 debit", *_CALLS)),
    (
        "buy 1 SPY put butterfly 45d atm 10 wide @ 1.50",
        body("1.5 debit", "BTO 1 SPY 270108P587", "STO 2 SPY 270108P597", "BTO 1 SPY 270108P607"),
    ),
    (
        "buy 2 butterflies SPY 18DEC26 590c/600c/610c @ 1.90",
        body("1.9 debit", f"BTO 2 {C590}", f"STO 4 {C600}", f"BTO 2 {C610}"),
    ),
    ("buy 1 SPY 18DEC26 590/600/610 call butterfly @ mid+0.05 gtc", body("1.95 debit", *_CALLS, tif="GTC")),
]
_CALENDAR = (f"STO 1 {C590}", f"BTO 1 {J590}")
CALENDARS = [
    ("buy 1 SPY 18DEC26/15JAN27 590 call calendar @ 2.10", body("2.1 debit", *_CALENDAR)),
    ("buy 1 SPY 15JAN27/18DEC26 590 call calendar @ 2.10", body("2.1 debit", *_CALENDAR)),
    ("buy 1 SPY 590c calendar 18 dec 26 15 jan 27 @ 2.10", body("2.1 debit", *_CALENDAR)),
    (
        "sell 1 SPY 18DEC26/15JAN27 590 call calendar @ 2.10 credit",
        body("2.1 credit", f"BTO 1 {C590}", f"STO 1 {J590}"),
    ),
    ("buy 1 SPY dec 26 monthly jan 27 monthly 590 call calendar @ 3", body("3 debit", *_CALENDAR)),
    ("buy 1 SPY 25d/53d 590 call calendar @ 3", body("3 debit", *_CALENDAR)),
    ("buy 1 SPY 25d/53d atm call calendar @ 4", body("4 debit", f"STO 1 {C597}", "BTO 1 SPY 270115C597")),
    (
        "buy 3 SPY call calendar spread 25d/53d 590 @ 4 gtc",
        body("4 debit", f"STO 3 {C590}", f"BTO 3 {J590}", tif="GTC"),
    ),
]
_DIAGONAL = (f"STO 1 {C600}", f"BTO 1 {J590}")
DIAGONALS = [
    ("buy 1 SPY 18DEC26/15JAN27 600/590 call diagonal @ 5.10 debit", body("5.1 debit", *_DIAGONAL)),
    ("buy 1 SPY 15JAN27/18DEC26 590/600 call diagonal @ 5.10 debit", body("5.1 debit", *_DIAGONAL)),
    (
        "sell 1 SPY 18DEC26/15JAN27 600/590 call diagonal for 9 credit",
        body("9 credit", f"BTO 1 {C600}", f"STO 1 {J590}"),
    ),
    ("buy 1 SPY diagonal 25d/53d 600c/590c @ 5 debit", body("5 debit", *_DIAGONAL)),
    ("buy 1 SPY 18DEC26 600 call 15JAN27 590 call diagonal @ 5 debit", body("5 debit", *_DIAGONAL)),
    (
        "buy 2 SPY 25d/53d 600/590 call diagonal spread @ 9 debit gtc",
        body("9 debit", f"STO 2 {C600}", f"BTO 2 {J590}", tif="GTC"),
    ),
    ("buy 1 SPY dec 26 monthly jan 27 monthly 600/590 call diagonal @ 9 debit", body("9 debit", *_DIAGONAL)),
    (
        "buy 1 SPY 18DEC26/15JAN27 610/600 call diagonal @ 8 debit",
        body("8 debit", f"STO 1 {C610}", f"BTO 1 {J600}"),
    ),
]
RATIOS = [
    (
        "buy 1 SPY 18DEC26 600/610 1x2 call ratio @ 0.40 debit",
        body("0.4 debit", f"BTO 1 {C600}", f"STO 2 {C610}"),
    ),
    (
        "sell 1 SPY 18DEC26 600/610 1x2 call ratio @ 0.30 credit",
        body("0.3 credit", f"STO 1 {C600}", f"BTO 2 {C610}"),
    ),
    ("buy 1 SPY 18DEC26 600/610 1x2 call ratio @ mid", body("0.45 debit", f"BTO 1 {C600}", f"STO 2 {C610}")),
    (
        "buy 2 ratios SPY 18DEC26 600/610 1x2 call @ 0.40 debit",
        body("0.4 debit", f"BTO 2 {C600}", f"STO 4 {C610}"),
    ),
    (
        "buy 1 SPY 18DEC26 580/575 1x2 put ratio @ 2.10 credit",
        body("2.1 credit", f"BTO 1 {P580}", f"STO 2 {P575}"),
    ),
    (
        "sell 1 SPY 18DEC26 580/575 1x2 put ratio @ 2.30 debit",
        body("2.3 debit", f"STO 1 {P580}", f"BTO 2 {P575}"),
    ),
    (
        "buy 1 SPY put ratio 18DEC26 580 5 wide 1x2 @ 2.20 credit",
        body("2.2 credit", f"BTO 1 {P580}", f"STO 2 {P575}"),
    ),
    (
        "buy 1 SPY 18DEC26 580p/575p 2x3 ratio @ 1.30 credit gtc",
        body("1.3 credit", f"BTO 2 {P580}", f"STO 3 {P575}", tif="GTC"),
    ),
]
COVERED_CALLS = [
    ("sell 2 SPY 18DEC26 615 covered calls @ 2.20", body("2.2 credit", f"STO 2 {C615}")),
    ("sell 2 covered calls SPY 18DEC26 615c @ 2.20 gtc", body("2.2 credit", f"STO 2 {C615}", tif="GTC")),
    ("sell 1 SPY covered call 18DEC26 615 @ mid", body("2.15 credit", f"STO 1 {C615}")),
    ("sell 1 SPY covered call monthly 5% @ 1", body("1 credit", "STO 1 SPY 261218C627")),
    ("sell 1 SPY covered call 45d 20Δ @ 3", body("3 credit", "STO 1 SPY 270108C622")),
    ("sell 4 SPY 18DEC26 620 covered call @ ask", body("1.4 credit", f"STO 4 {C620}")),
    ("sell 3 AAPL 18DEC26 195 covered calls @ 2", body("2 credit", "STO 3 AAPL 261218C195")),
    ("sell 1 SPY 18DEC26 615 call covered call @ bid", body("2.1 credit", f"STO 1 {C615}")),
]
COLLARS = [
    ("buy 1 SPY 18DEC26 580/615 collar @ 1.90 debit", body("1.9 debit", f"BTO 1 {P580}", f"STO 1 {C615}")),
    ("buy 1 SPY 18DEC26 615c/580p collar @ 1.80 debit", body("1.8 debit", f"BTO 1 {P580}", f"STO 1 {C615}")),
    ("buy 2 SPY collar 18DEC26 580/615 @ mid", body("1.85 debit", f"BTO 2 {P580}", f"STO 2 {C615}")),
    (
        "buy 3 collars SPY 18DEC26 580/615 for 1.85 debit gtc",
        body("1.85 debit", f"BTO 3 {P580}", f"STO 3 {C615}", tif="GTC"),
    ),
    ("buy 1 SPY 18DEC26 575/615 collar @ 0.90 debit", body("0.9 debit", f"BTO 1 {P575}", f"STO 1 {C615}")),
    ("buy 1 SPY 18DEC26 580p 620c collar @ 2.60 debit", body("2.6 debit", f"BTO 1 {P580}", f"STO 1 {C620}")),
    ("buy 1 SPY 18DEC26 580/615 collar @ ask debit", body("1.95 debit", f"BTO 1 {P580}", f"STO 1 {C615}")),
    ("buy 4 SPY 18DEC26 575/620 collar @ 1.70 debit", body("1.7 debit", f"BTO 4 {P575}", f"STO 4 {C620}")),
]
LISTED = [
    (
        "sell 2 SPY 18DEC26 580p and buy 2 575p @ 0.90 credit",
        body("0.9 credit", f"STO 2 {P580}", f"BTO 2 {P575}"),
    ),
    (
        "sell 1 SPY 580p 18DEC26 and buy 1 18DEC26 575p for 0.90 credit",
        body("0.9 credit", f"STO 1 {P580}", f"BTO 1 {P575}"),
    ),
    (
        "sell 2 SPY 18DEC26 580p and buy 4 575p @ 2.20 debit",
        body("2.2 debit", f"STO 2 {P580}", f"BTO 4 {P575}"),
    ),
    (
        "sell 1 SPY 18DEC26 580p and sell 1 SPY 18DEC26 615c @ mid",
        body("6.15 credit", f"STO 1 {P580}", f"STO 1 {C615}"),
    ),
    (
        "buy 1 SPY 15JAN27 590c and sell 1 18DEC26 600c @ 9 debit",
        body("9 debit", f"BTO 1 {J590}", f"STO 1 {C600}"),
    ),
    (
        "sell 3 SPY 18DEC26 580p and buy 3 575p and sell 3 615c and buy 3 620c @ 1.70 credit",
        body("1.7 credit", f"STO 3 {P580}", f"BTO 3 {P575}", f"STO 3 {C615}", f"BTO 3 {C620}"),
    ),
    (
        "sell 1 SPY 18DEC26 580p and buy 1 575p and sell 1 620c @ mid",
        body("2.25 credit", f"STO 1 {P580}", f"BTO 1 {P575}", f"STO 1 {C620}"),
    ),
    (
        "buy 1 SPY 18DEC26 580p and sell 1 615c @ mid debit gtc",
        body("1.85 debit", f"BTO 1 {P580}", f"STO 1 {C615}", tif="GTC"),
    ),
]
PASTED = [
    (
        "SELL -1 IRON CONDOR SPY 100 18 DEC 26 615/620/580/575 CALL/PUT @1.70 LMT",
        body("1.7 credit", *_CONDOR),
    ),
    (
        "SELL -1 VERTICAL SPY 100 18 DEC 26 580/575 PUT @.90 LMT",
        body("0.9 credit", f"STO 1 {P580}", f"BTO 1 {P575}"),
    ),
    (
        "BUY +2 VERTICAL SPY 100 18 DEC 26 615/620 CALL @.80 LMT",
        body("0.8 debit", f"BTO 2 {C615}", f"STO 2 {C620}"),
    ),
    (
        "SELL -2 STRANGLE SPY 100 18 DEC 26 615/580 CALL/PUT @6.20 LMT GTC",
        body("6.2 credit", f"STO 2 {P580}", f"STO 2 {C615}", tif="GTC"),
    ),
    (
        "SELL -1 STRADDLE SPY 100 18 DEC 26 597 CALL/PUT @19.10 LMT",
        body("19.1 credit", f"STO 1 {P597}", f"STO 1 {C597}"),
    ),
    ("BUY +1 BUTTERFLY SPY 100 18 DEC 26 590/600/610 CALL @1.50 LMT", body("1.5 debit", *_CALLS)),
    ("SELL -1 SPY 100 18 DEC 26 580 PUT @4.00 LMT", body("4 credit", f"STO 1 {P580}")),
    ("BUY +100 AAPL @187.50 LMT", body("187.5 debit", "BTO 100 AAPL")),
]
EXITS = [
    (
        "sell 2 SPY 18DEC26 580/615 strangle @ 6.20 tp 50% sl 2x",
        otoco(
            body("6.2 credit", f"STO 2 {P580}", f"STO 2 {C615}"),
            body("3.1 debit", f"BTC 2 {P580}", f"BTC 2 {C615}", tif="GTC"),
            body("", f"BTC 2 {P580}", f"BTC 2 {C615}", kind="Stop", tif="GTC", stop_trigger="12.4"),
        ),
    ),
    (
        "buy 10 AAPL @ 187.50 tp 210 sl 180",
        otoco(
            body("187.5 debit", "BTO 10 AAPL"),
            body("210 credit", "STC 10 AAPL", tif="GTC"),
            body("", "STC 10 AAPL", kind="Stop", tif="GTC", stop_trigger="180"),
        ),
    ),
    (
        "buy 10 AAPL @ 187.50 tp 10% sl 5% exits day",
        otoco(
            body("187.5 debit", "BTO 10 AAPL"),
            body("206.25 credit", "STC 10 AAPL"),
            body("", "STC 10 AAPL", kind="Stop", stop_trigger="178.13"),
        ),
    ),
    (
        "buy 10 AAPL @ 187.50 tp 210",
        oto(body("187.5 debit", "BTO 10 AAPL"), body("210 credit", "STC 10 AAPL", tif="GTC")),
    ),
    (
        "buy 10 AAPL @ 187.50 sl 180 exits gtc",
        oto(
            body("187.5 debit", "BTO 10 AAPL"),
            body("", "STC 10 AAPL", kind="Stop", tif="GTC", stop_trigger="180"),
        ),
    ),
    (
        "buy 10 AAPL @ 187 then sell 10 AAPL @ 195 gtc",
        oto(body("187 debit", "BTO 10 AAPL"), body("195 credit", "STC 10 AAPL", tif="GTC")),
    ),
    (
        "protect AAPL tp 210 sl 180",
        oco(
            body("210 credit", "STC 300 AAPL", tif="GTC"),
            body("", "STC 300 AAPL", kind="Stop", tif="GTC", stop_trigger="180"),
        ),
    ),
    ("protect AAPL tp 210", body("210 credit", "STC 300 AAPL", tif="GTC")),
    ("protect half AAPL sl 180", body("", "STC 150 AAPL", kind="Stop", tif="GTC", stop_trigger="180")),
]
POSITIONS = [
    ("close AAPL", body("187.47 credit", "STC 300 AAPL")),
    ("close half AAPL @ mid", body("187.47 credit", "STC 150 AAPL")),
    ("close 10 AAPL mkt", body("", "STC 10 AAPL", kind="Market")),
    ("close AAPL @ 190 gtc", body("190 credit", "STC 300 AAPL", tif="GTC")),
    ("close all IWM options", body("5 debit", "BTC 4 IWM 261218C238", "BTC 4 IWM 261218P220")),
    ("close IWM puts", body("2.4 debit", "BTC 4 IWM 261218P220")),
    ("close all IWM calls @ 2.60", body("2.6 debit", "BTC 4 IWM 261218C238")),
    ("close IWM 18DEC26", body("5 debit", "BTC 4 IWM 261218C238", "BTC 4 IWM 261218P220")),
    (
        "protect 4 IWM 18DEC26 220p and 238c tp 2 sl 8",
        oco(
            body("2 debit", "BTC 4 IWM 261218C238", "BTC 4 IWM 261218P220", tif="GTC"),
            body(
                "",
                "BTC 4 IWM 261218C238",
                "BTC 4 IWM 261218P220",
                kind="Stop",
                tif="GTC",
                stop_trigger="8",
            ),
        ),
    ),
    ("close half IWM @ 5 debit", body("5 debit", "BTC 2 IWM 261218C238", "BTC 2 IWM 261218P220")),
    ("close 1 IWM 18DEC26 220p @ 2.40", body("2.4 debit", "BTC 1 IWM 261218P220")),
    (
        "roll IWM puts 15JAN27 same strike @ 1 credit",
        body("1 credit", "BTC 4 IWM 261218P220", "STO 4 IWM 270115P220"),
    ),
    (
        "roll 1 IWM puts 15JAN27 215 @ 0.20 credit",
        body("0.2 credit", "BTC 1 IWM 261218P220", "STO 1 IWM 270115P215"),
    ),
    ("buy 10 AAPL @ 187 in 0003", body("187 debit", "BTO 10 AAPL")),
    ("buy 10 AAPL @ 187 in practice", body("187 debit", "BTO 10 AAPL")),
]

# /ESZ6 stands at 6010.00 / 6010.25, 2 /MESZ6 are held and 3 /CLF7 are short.
FUTURES = [
    ("buy 1 /ESZ6 @ 6010.25", body("6010.25 debit", "BUY 1 /ESZ6")),
    ("sell 2 /ESZ26 @ 6020 gtc", body("6020 credit", "SELL 2 /ESZ6", tif="GTC")),
    ("buy 1 /ES @ mid", body("6010 debit", "BUY 1 /ESZ6")),
    ("sell 1 /ES @ bid", body("6010 credit", "SELL 1 /ESZ6")),
    ("buy 1 /ESZ6 @ ask-1", body("6009.25 debit", "BUY 1 /ESZ6")),
    ("buy 2 contracts of /MNQH7 mkt", body("", "BUY 2 /MNQH7", kind="Market")),
    ("sell 1 /NQZ6 stop 21000", body("", "SELL 1 /NQZ6", kind="Stop", stop_trigger="21000")),
    (
        "buy 1 /GCG7 stop 3400.1 limit 3401",
        body("3401 debit", "BUY 1 /GCG7", kind="Stop Limit", stop_trigger="3400.1"),
    ),
    ("buy 1 /ZBH7 @ 117.03125", body("117.03125 debit", "BUY 1 /ZBH7")),
    (
        "sell 1 /6EZ6 @ 1.08505 until 11DEC26",
        body("1.08505 credit", "SELL 1 /6EZ6", tif="GTD", gtc_date="2026-12-11"),
    ),
    ("sell half /MESZ6 @ 6010", body("6010 credit", "STC 1 /MESZ6")),
    ("close /CL mkt", body("", "BTC 3 /CLF7", kind="Market")),
    ("close /MESZ26 @ 6011.50 gtc", body("6011.5 credit", "STC 2 /MESZ6", tif="GTC")),
    (
        "buy 1 /ESZ6 @ 6010.25 tp 6050 sl 5990",
        otoco(
            body("6010.25 debit", "BUY 1 /ESZ6"),
            body("6050 credit", "STC 1 /ESZ6", tif="GTC"),
            body("", "STC 1 /ESZ6", kind="Stop", tif="GTC", stop_trigger="5990"),
        ),
    ),
    (
        "protect /MESZ6 tp 6100 sl 5900",
        oco(
            body("6100 credit", "STC 2 /MESZ6", tif="GTC"),
            body("", "STC 2 /MESZ6", kind="Stop", tif="GTC", stop_trigger="5900"),
        ),
    ),
    ("BUY +1 /ESZ26:XCME @6010.25 LMT", body("6010.25 debit", "BUY 1 /ESZ6")),
]

TABLE = {
    "instruments": INSTRUMENTS,
    "amounts": AMOUNTS,
    "prices": PRICES,
    "times": TIMES,
    "by the market": LEGS_BY_THE_MARKET,
    "single": SINGLES,
    "vertical": VERTICALS,
    "strangle": STRANGLES,
    "straddle": STRADDLES,
    "iron condor": CONDORS,
    "iron butterfly": IRON_FLIES,
    "butterfly": BUTTERFLIES,
    "calendar": CALENDARS,
    "diagonal": DIAGONALS,
    "ratio": RATIOS,
    "covered call": COVERED_CALLS,
    "collar": COLLARS,
    "listed legs": LISTED,
    "pasted": PASTED,
    "exits": EXITS,
    "positions": POSITIONS,
    "futures": FUTURES,
}
