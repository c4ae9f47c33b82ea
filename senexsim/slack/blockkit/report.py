"""Complaints in Slack's words with their place, and the checks of plain fields all blocks share."""

from typing import Any

Json = dict[str, Any]


class Report:
    """Collects `message [json-pointer:/…]` lines. A surface is message, modal or home."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.lines: list[str] = []
        self.focused = 0

    def add(self, pointer: str, message: str) -> None:
        self.lines.append(f"{message} [json-pointer:{pointer}]")

    def string(
        self, holder: Json, key: str, at: str, longest: int, *, required: bool = False, shortest: int = 0
    ) -> None:
        """A string field of at most `longest` characters."""
        value = holder.get(key)
        if value is None:
            if required:
                self.add(at, f"missing required field: {key}")
            return
        if not isinstance(value, str):
            self.add(f"{at}/{key}", "must provide a string")
        elif len(value) > longest:
            self.add(f"{at}/{key}", f"must be less than {longest + 1} characters")
        elif len(value) < shortest:
            self.add(f"{at}/{key}", f"must be more than {shortest - 1} characters")

    def text(
        self, holder: Json, key: str, at: str, longest: int, *, plain: bool = False, required: bool = True
    ) -> None:
        """A text object: plain_text only, or mrkdwn as well."""
        value = holder.get(key)
        if value is None:
            if required:
                self.add(at, f"missing required field: {key}")
            return
        self.text_object(value, f"{at}/{key}", longest, plain=plain)

    def text_object(self, value: Any, at: str, longest: int, *, plain: bool = False) -> None:
        if not isinstance(value, dict):
            self.add(at, "must provide an object")
            return
        allowed = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if value.get("type") not in allowed:
            self.add(f"{at}/type", f"must be a valid enum value: {', '.join(allowed)}")
            return
        self.string(value, "text", at, longest, required=True, shortest=1)
        known = {"type", "text", "emoji"} if value["type"] == "plain_text" else {"type", "text", "verbatim"}
        self.no_others(value, known, at)

    def no_others(self, value: Json, known: set[str], at: str) -> None:
        for key in value:
            if key not in known:
                self.add(f"{at}", f"no more properties allowed: {key}")

    def items(
        self, holder: Json, key: str, at: str, most: int, *, least: int = 1, required: bool = True
    ) -> list[Any]:
        """A list of `least` to `most` items; an empty list when it is not one."""
        value = holder.get(key)
        if value is None:
            if required:
                self.add(at, f"missing required field: {key}")
            return []
        if not isinstance(value, list):
            self.add(f"{at}/{key}", "must provide an array")
            return []
        if len(value) > most:
            self.add(f"{at}/{key}", f"no more than {most} items allowed")
        elif len(value) < least:
            self.add(f"{at}/{key}", f"no less than {least} items allowed")
        return value

    def choice(self, holder: Json, key: str, at: str, allowed: tuple[str, ...]) -> None:
        value = holder.get(key)
        if value is not None and value not in allowed:
            self.add(f"{at}/{key}", f"must be a valid enum value: {', '.join(allowed)}")

    def flag(self, holder: Json, key: str, at: str, *, required: bool = False) -> None:
        value = holder.get(key)
        if value is None:
            if required:
                self.add(at, f"missing required field: {key}")
        elif not isinstance(value, bool):
            self.add(f"{at}/{key}", "must be a boolean")

    def integer(self, holder: Json, key: str, at: str, low: int, high: int) -> None:
        value = holder.get(key)
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool):
            self.add(f"{at}/{key}", "must be an integer")
        elif value < low:
            self.add(f"{at}/{key}", f"must be greater than {low - 1}")
        elif value > high:
            self.add(f"{at}/{key}", f"must be less than {high + 1}")
