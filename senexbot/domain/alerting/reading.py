"""Reading an alert: a condition, and behind it how often, until when, how loud and to whom.

    condition   all { "or" all }
    all         held { "and" held }
    held        part [ "for" TIME ]
    part        "not" part | "(" condition ")" | [ value ] test

Nothing is guessed and nothing ignored: where `for` could belong to one test or to several, it is asked. A test that
leaves out its value is of the value before it (`AAPL > 200 or < 180`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from difflib import get_close_matches

from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.reading_bits import HOW, Cursor, Stumble, read_bits
from senexbot.domain.alerting.reading_clauses import read_clauses
from senexbot.domain.alerting.reading_numbers import read_time
from senexbot.domain.alerting.reading_tests import PREDICATES, begins_predicate, begins_test, read_test
from senexbot.domain.alerting.reading_values import field_of, is_field, read_field, read_value
from senexbot.domain.alerting.terms import AlertTerms, All, Any, Condition, Held, Not, Value
from senexbot.domain.alerting.trees import instruments_of, is_moment, tests_of
from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.words import Word, quoted

MAX_TESTS = 8
MAX_DEPTH = 8
MAX_INSTRUMENTS = 10
LONGEST_HELD = timedelta(days=1)
_MOST_OFFERS = 3
_LABEL = 40


def parse_alert(text: str, today: date) -> AlertTerms:
    """What a text of an alert says. `today`: the exchange's day. Raises ParseError with what was probably meant.

    A Source's symbol is the normal form of its term, as a quote reads it.
    """
    bits = read_bits(text)
    try:
        return _read(bits, today)
    except ParseError as error:
        error.suggestions = tuple(_offers(bits, error, today))[:_MOST_OFFERS]
        raise


def _read(bits: tuple[Word, ...], today: date) -> AlertTerms:
    if not bits:
        raise ParseError("An alert on what?", hint=HOW)
    cursor = Cursor(bits)
    condition = _Condition(cursor).read(0)
    terms = read_clauses(cursor, condition, today)
    count = len(instruments_of(condition))
    if count > MAX_INSTRUMENTS:
        raise ParseError(
            f"{count} instruments in one alert; at most {MAX_INSTRUMENTS} are watched.",
            hint="Set two alerts.",
        )
    return terms


class _Condition:
    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._value: Value | None = None  # the newest: of a test that leaves its own out
        self._tests = 0

    def read(self, depth: int) -> Condition:
        """As far as the condition goes."""
        start = self._cursor.at
        parts = [self._all(depth, start)]
        while self._cursor.take("or"):
            parts.append(self._all(depth, start))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self, depth: int, start: int) -> Condition:
        parts = [self._held(depth, start)]
        moments = is_moment(parts[0])
        while self._cursor.take("and"):
            at = self._cursor.at
            parts.append(self._held(depth, start))
            if moments and is_moment(parts[-1]):
                raise self._cursor.stumble(
                    "{}: two moments do not come together.",
                    index=at,
                    hint="Say above or below for one of the two.",
                )
            moments = moments or is_moment(parts[-1])
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _held(self, depth: int, start: int) -> Condition:
        cursor, at = self._cursor, self._cursor.at
        part = self._part(depth)
        if cursor.text() != "for":
            return part
        behind = cursor.at
        cursor.at += 1
        time = read_time(cursor, "how long it holds", timedelta(seconds=1), LONGEST_HELD)
        bare = cursor.bits[at].text != "("
        if bare and (at != start or cursor.bits[at].text.lower() == "not"):
            raise self._whose_for(start, at, behind)
        if is_moment(part, anywhere=True):
            raise cursor.stumble(
                "{}: a moment does not last.",
                index=behind,
                hint="Say above or below, not crosses, enters or new.",
            )
        return Held(part, time)

    def _whose_for(self, start: int, at: int, behind: int) -> Stumble:
        """It could belong to the last test, or to all of them."""
        cursor = self._cursor
        span = cursor.said(behind)
        asked = "does the last test hold so long, or all of them?"
        if cursor.bits[at].text.lower() == "not":
            asked = "does the test hold so long, or its opposite?"
            inner = f"not ({cursor.said(at + 1, behind)} {span})"
            outer = f"({cursor.said(at, behind)}) {span}"
            fixes = ((inner, cursor.with_(at, cursor.at, inner)), (outer, cursor.with_(at, cursor.at, outer)))
        else:
            one = f"({cursor.said(at, behind)} {span})"
            whole = f"({cursor.said(start, behind)}) {span}"
            fixes = (
                (one.strip("()"), cursor.with_(at, cursor.at, one)),
                (f"all of it {span}", cursor.with_(start, cursor.at, whole)),
            )
        return cursor.stumble(
            f"{{}}: {asked}",
            index=behind,
            hint="Say it with brackets.",
            fixes=fixes,
        )

    def _part(self, depth: int) -> Condition:
        cursor = self._cursor
        if cursor.is_done or self._is_joint():
            raise cursor.missing("Behind {} the condition is missing.")
        if depth > MAX_DEPTH:
            raise cursor.stumble("{}: too many brackets inside of one another.", hint="Set two alerts.")
        if cursor.text() == "not":
            at = cursor.at
            cursor.at += 1
            part = self._part(depth + 1)
            if is_moment(part, anywhere=True):
                raise cursor.stumble(
                    "{}: a moment that does not come is always.", index=at, hint="Say above or below."
                )
            return Not(part)
        if cursor.text() == "(" and not self._is_of_value():
            return self._bracket(depth)
        return self._test()

    def _is_joint(self) -> bool:
        """`and`, `or` where a condition has to begin, and no symbol of that name."""
        cursor = self._cursor
        behind = cursor.text(1)
        is_symbol = begins_predicate(behind) or is_field(behind) or behind in {"/", "+", "-"}
        return cursor.text() in {"and", "or"} and not is_symbol

    def _bracket(self, depth: int) -> Condition:
        cursor, opened = self._cursor, self._cursor.at
        cursor.at += 1
        part = self.read(depth + 1)
        if not cursor.take(")"):
            if cursor.is_done:
                raise cursor.stumble("{} is not closed.", index=opened, hint="Each ( has its ).")
            raise cursor.stumble("{}: and, or, or the closing bracket?", wanted={"and", "or", ")"})
        return part

    def _is_of_value(self) -> bool:
        """`(SPY - QQQ) > 5`: the bracket is of the value."""
        cursor, depth = self._cursor, 0
        for i in range(cursor.at, len(cursor.bits)):
            depth += {"(": 1, ")": -1}.get(cursor.bits[i].text, 0)
            if depth == 0:
                text = cursor.text(i + 1 - cursor.at)
                return text in PREDICATES or is_field(text)
        return False

    def _test(self) -> Condition:
        cursor, at = self._cursor, self._cursor.at
        value = self._value
        if value is None:
            value = self._named()
        elif not begins_test(cursor):
            value = self._field(value) or self._named()
        test = read_test(cursor, value)
        self._value = value
        self._tests += len(tests_of(test))
        if self._tests > MAX_TESTS:
            raise cursor.stumble(
                f"{{}}: at most {MAX_TESTS} tests are watched in one alert.", index=at, hint="Set two alerts."
            )
        return test

    def _field(self, value: Value) -> Value | None:
        """`and volume > 5m`: a number of the symbol before. None, and nothing taken, for `and MARK last > 5`."""
        cursor, at = self._cursor, self._cursor.at
        field = read_field(cursor)
        if field is not None and begins_predicate(cursor.text()):
            return field_of(cursor, value, field, at)
        cursor.at = at
        return None

    def _named(self) -> Value:
        cursor = self._cursor
        if cursor.text() == "(":  # of a value: the brackets say nothing more than the signs inside do
            opened = cursor.at
            closed = next(i for i in range(opened, len(cursor.bits)) if cursor.bits[i].text == ")")
            bits = cursor.bits
            cursor.bits = (*bits[:opened], *bits[opened + 1 : closed], *bits[closed + 1 :])
        return read_value(cursor)


def _offers(bits: tuple[Word, ...], error: ParseError, today: date) -> Iterator[Suggestion]:
    """The changed texts that read well, each as a button that sets the alert."""
    found: set[str] = set()
    for label, text in _fixes(bits, error):
        try:
            normal = text_of(_read(read_bits(text), today))
        except ParseError:
            continue
        if normal not in found:
            found.add(normal)
            yield Suggestion(normal if len(normal) <= _LABEL else label, f"alert {normal}")


def _fixes(bits: tuple[Word, ...], error: ParseError) -> Iterator[tuple[str, str]]:
    cursor = Cursor(bits)
    cursor.at = len(bits)
    if isinstance(error, Stumble):
        yield from error.fixes
        index, wanted = error.index, error.wanted
    else:
        index, wanted = _index(bits, error), frozenset()
    if index is None:
        return
    text = bits[index].text
    for right in "pc":  # `590` behind a date: call or put?
        if not wanted and text[-1:].isdigit():
            yield f"{text}{right}", cursor.with_(index, index + 1, f"{text}{right}")
    for near in get_close_matches(text.lower(), sorted(wanted), n=2, cutoff=0.6):
        yield near, cursor.with_(index, index + 1, near)


def _index(bits: tuple[Word, ...], error: ParseError) -> int | None:
    places = (i for i, bit in enumerate(bits) if bit.place == error.place and quoted(bit.text) == error.word)
    return next(places, None)
