"""The answer every control gives about something a person did."""

from typing import Any

from senexsim.slack.delivery.answers import Answer

Json = dict[str, Any]


def outcome(answer: Answer, seq: int, trigger_id: str | None = None, **more: Any) -> Json:
    """`{ok, acked, ack_ms, error, trigger_id, seq}`; all that it caused has a greater seq than this one."""
    return {
        "ok": answer.error is None,
        "acked": answer.acked,
        "ack_ms": answer.ms,
        "error": answer.error,
        "trigger_id": trigger_id,
        "seq": seq,
        **more,
    }


def refused(error: str, seq: int, **more: Any) -> Json:
    """Slack or its client said no; the app heard nothing of it."""
    return outcome(Answer(error=error), seq, **more)


def silent(seq: int, **more: Any) -> Json:
    """It is done, and there was nothing to acknowledge."""
    return outcome(Answer(), seq, **more)
