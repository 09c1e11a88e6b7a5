"""Text of strangers, made fit for people: on one line, without signs that cannot be shown, and no longer than told."""

from __future__ import annotations


def printable(text: str, most: int) -> str:
    """Give a text on one line of at most ``most`` characters; what is cut off is told by an ellipsis."""
    if len(text) > most:
        text = f"{text[: most - 1]}…"
    if not text.isprintable():
        text = "".join(one if one.isprintable() else " " for one in text)
    return text.strip()
