"""A drawn text and what stands where in it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Mark:
    what: str
    begin: int
    end: int


@dataclass
class Drawn:
    text: str = ""
    people: list[Mark] = field(default_factory=list)
    others: list[Mark] = field(default_factory=list)

    def plain(self, text: str) -> None:
        self.text += text

    def mark(self, what: str, text: str, *, person: bool) -> None:
        (self.people if person else self.others).append(Mark(what, len(self.text), len(self.text) + len(text)))
        self.text += text
