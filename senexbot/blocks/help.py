"""What can be said here: the short card, the full list from the verbs, and the answer to an unknown word."""

from __future__ import annotations

from collections.abc import Sequence

from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.desk import undelivered
from senexbot.blocks.kit import Message, button, card, esc, quoted, section
from senexbot.domain.errors import ParseError
from senexbot.domain.verbs import VERBS, Verb

VERBS_PER_BLOCK = 8


def short_card(
    says: Sequence[SayButton] = (),
    *,
    linked: bool,
    connect_handle: str = "",
    environment_label: str = "",
    dead_letters: int = 0,
) -> Message:
    """The three likeliest next steps; without a link the first of them is to connect."""
    dead = undelivered(dead_letters) if dead_letters else ""
    if not linked:
        connect = (
            (button("Connect account", ActionId.LINK_CONNECT, connect_handle),) if connect_handle else ()
        )
        return card(
            "Your trading desk on tastytrade. First link an account.",
            "`/senex connect` takes a personal grant, checks it and keeps it sealed",
            "Then: `/quote SPY`, `/order buy 1 SPY @ 600`, `/alert SPY &lt; 590`",
            dead,
            buttons=(*connect, *say_buttons(says)),
        )
    where = f"{esc(environment_label, 12)} · " if environment_label else ""
    return card(
        f"{where}Your trading desk: what next?",
        "Price: `/quote AAPL` · Order: `/order buy 100 AAPL @ 187.50`, a preview comes first",
        "Alert: `/alert AAPL &gt; 200` · All words: `/senex help all`",
        dead,
        buttons=say_buttons(says),
    )


def full_help(verbs: Sequence[Verb] = VERBS, *, says: Sequence[SayButton] = ()) -> Message:
    """Every verb with what it does and one example, from its declaration."""
    lines = [_verb_line(verb) for verb in verbs]
    parts = [lines[i : i + VERBS_PER_BLOCK] for i in range(0, len(lines), VERBS_PER_BLOCK)]
    return card(
        "What you can say",
        "Always `/senex` and the words; in a message to me the words alone",
        rows=tuple(section("\n".join(part)) for part in parts),
        foot="Nothing is ever sent to the broker before you press Confirm",
        buttons=say_buttons(says),
    )


def _verb_line(verb: Verb) -> str:
    example = verb.examples[0] if verb.examples else verb.usage
    said = (
        f"{verb.short_command}{example.removeprefix(verb.name)}"
        if verb.short_command
        else f"/senex {example}"
    )
    return f"`{esc(said, 80)}`  {esc(verb.help, 120)}"


def unknown_verb(word: str, *, says: Sequence[SayButton] = ()) -> Message:
    """For a first word that is none of ours."""
    near = any(say.label != "Help" for say in says)
    meant = "Meant:" if near else "All words: `/senex help all`"
    return card(f"Nothing done: {quoted(word)} is no word I know", meant, buttons=say_buttons(says))


def unknown_verb_error(error: ParseError, *, says: Sequence[SayButton] = ()) -> Message:
    return unknown_verb(error.word or "", says=says)
