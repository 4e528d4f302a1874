"""What the test miners answer: a deterministic stand-in for a language model, good or wrong on purpose."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_ARITHMETIC = re.compile(r"(-?\d+)\s*(plus|minus|times|[+\-−–*x×])\s*(-?\d+)", re.IGNORECASE)
_GARBAGE = "zq vlorp 00 ## nnrg blit"


def last_user_text(messages: Iterable[dict[str, Any]]) -> str:
    """The text of the last user message; content parts of OpenAI's list form are joined."""
    text = ""
    for message in messages:
        if message.get("role") == "user":
            content = message.get("content") or ""
            if isinstance(content, list):
                content = " ".join(part.get("text", "") for part in content if isinstance(part, dict))
            text = str(content)
    return text


def answer(messages: Iterable[dict[str, Any]], *, is_wrong: bool = False) -> str:
    """A correct result for arithmetic such as "What is 17 + 25?", else a fixed sentence on the question's words."""
    question = last_user_text(messages)
    if match := _ARITHMETIC.search(question):
        left, operation, right = int(match[1]), match[2].lower(), int(match[3])
        if operation in ("+", "plus"):
            result = left + right
        elif operation in ("-", "−", "–", "minus"):
            result = left - right
        else:
            result = left * right
        return str(result + 13) if is_wrong else str(result)
    if is_wrong:
        return _GARBAGE
    words = re.findall(r"\w+", question)
    return f"You asked about {' '.join(words[:12])}." if words else "Please ask a question."


def cut(text: str, maximum_words: int | None) -> tuple[str, str]:
    """The text within `max_tokens` (a word counts as a token here) and OpenAI's finish reason."""
    words = text.split(" ")
    if maximum_words is None or len(words) <= maximum_words:
        return text, "stop"
    return " ".join(words[: max(maximum_words, 0)]), "length"


def chunks(text: str) -> list[str]:
    """The text word by word; joined they are the text again."""
    return re.findall(r"\S+\s*", text)


def embedding(text: str, dimensions: int = 16) -> list[float]:
    """A deterministic unit vector: same text, same vector."""
    vector = [0.0] * dimensions
    for position, byte in enumerate(text.encode()):
        vector[(position * 7 + byte) % dimensions] += 1.0 + byte / 255
    length = sum(value * value for value in vector) ** 0.5 or 1.0
    return [value / length for value in vector]
