"""What a scenario file says of attacks and ordinary streams told in steps."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from warroom.drill.steps.reading import read_value
from warroom.drill.steps.values import Fixed

if TYPE_CHECKING:
    from collections.abc import Iterator

_DURATION: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h)")
_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}
#: Stands for the log that a stream of a kind of log is bound to.
HERE: Final = "here"
MAX_LINES: Final = 200_000
MAX_STEPS: Final = 40
#: Groups of steps stand in groups of steps.
MAX_NESTING: Final = 3


def _seconds(value: object) -> float:
    match = _DURATION.fullmatch(str(value))
    if match is None:
        raise ValueError("give a duration such as 5s, 4m or 2h")
    return float(match[1]) * _SECONDS[match[2]]


def _one_line(value: object) -> object:
    """Refuse line ends: such a text would break the log line it is written into."""
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("no control characters or line ends")
    return value


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,62}$")]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(gt=0, le=2000)]
Text = Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=400)]
Network = IPv4Network | IPv6Network
Value = Annotated[Any, BeforeValidator(read_value)]
Values = Annotated[dict[Annotated[str, Field(min_length=1, max_length=80)], Value], Field(max_length=60)]


class Part(BaseModel):
    """A part of a scenario: nothing in it is unknown, nothing changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Part):
    """A title in both languages."""

    th: Text
    en: Text


class Pool(Part):
    """So many people, machines or accounts: each a single value, or one with attributes."""

    size: int = Field(default=1, gt=0, le=10_000)
    each: Value = Fixed(None)
    of: Values = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if ("each" in self.model_fields_set) == bool(self.of):
            raise ValueError("a pool has `each`, one value, or `of`, its attributes")
        return self

    @property
    def attributes(self) -> dict[str, Any]:
        """Give the expressions by attribute; that of a single value has no name."""
        return self.of or {"": self.each}


class Step(Part):
    """Lines of one kind, or a group of steps, once or often over a time; times count from the group's begin."""

    log: str | None = None
    fields: Values = Field(default_factory=dict)
    #: Values that other fields name and no line writes.
    let: Values = Field(default_factory=dict)
    #: Fields whose values are no part of the truth: bystanders that ordinary lines name, too.
    bystanders: tuple[str, ...] = ()
    steps: tuple[Step, ...] = Field(default=(), max_length=MAX_STEPS)
    #: Pools of which each run of the group takes the next member.
    each: tuple[str, ...] = ()
    after: Seconds = 0.0
    over: Seconds = 0.0
    count: int | None = Field(default=None, gt=0, le=MAX_LINES)
    rate: Rate | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.log is None) == (not self.steps):
            raise ValueError("a step has a `log` and `fields`, or `steps` of its own")
        if self.log is None and (self.fields or self.bystanders):
            raise ValueError("`fields` and `bystanders` belong to a step with a `log`")
        if self.count is not None and self.rate is not None:
            raise ValueError("give `count` or `rate`")
        if self.rate is not None and not self.over:
            raise ValueError("a `rate` needs the time it goes on: `over`")
        return self

    @property
    def runs(self) -> float:
        """How often it happens: exactly, or on average."""
        return self.rate * self.over if self.rate is not None else self.count or 1

    def lines(self) -> float:
        """Give how many lines come of one run of what it stands in."""
        return self.runs * (sum(step.lines() for step in self.steps) if self.steps else 1)

    def seconds(self) -> float:
        """Give the time from the group's begin to its last line, with the slack of its beginnings."""
        return self.after * 1.1 + self.over + max((step.seconds() for step in self.steps), default=0.0)

    def depth(self) -> int:
        """Give how deep groups stand in it."""
        return 1 + max((step.depth() for step in self.steps), default=0)

    def leaves(self) -> Iterator[Step]:
        """Give the steps that write lines."""
        if not self.steps:
            yield self
        for step in self.steps:
            yield from step.leaves()


class Script(Part):
    """Steps, and the pools they choose from besides those of the scenario."""

    pools: dict[Id, Pool] = Field(default_factory=dict, max_length=40)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MAX_STEPS)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if sum(step.lines() for step in self.steps) > MAX_LINES:
            raise ValueError(f"more than {MAX_LINES} lines")
        if max(step.depth() for step in self.steps) > MAX_NESTING:
            raise ValueError(f"steps in steps deeper than {MAX_NESTING}")
        return self

    def written(self) -> list[str]:
        """Give the logs written to, in order."""
        return list(dict.fromkeys(leaf.log for step in self.steps for leaf in step.leaves() if leaf.log))


class StepsAttack(Script):
    """One attack told in steps: who, when, and what each phase leaves in which log."""

    id: Id
    kind: Literal["steps"]
    title: Title
    #: What it is after ATT&CK or a published case, for people.
    about: Annotated[str, Field(max_length=400)] = ""
    platform: str
    start: Seconds
    networks: tuple[Network, ...] = ()

    @property
    def duration(self) -> float:
        """Give the seconds from its begin to its last line."""
        return max(step.seconds() for step in self.steps)

    @property
    def logs(self) -> dict[str, str]:
        """Give the logs it writes to, each under its own name."""
        return {log: log for log in self.written()}


class Stream(Script):
    """What ordinary people or services do over and over: by chance (``rate``) or by the clock (``every``)."""

    id: Id
    rate: Rate | None = None
    every: Seconds | None = None
    #: The first and the last second of the play in which it may begin.
    start: Seconds = 0.0
    until: Seconds | None = None
    #: Follows the day's load curve: the rate is that at the day's average.
    crowd: bool = False

    @model_validator(mode="after")
    def _has_a_pace(self) -> Self:
        if (self.rate is None) == (self.every is None):
            raise ValueError("give `rate` or `every`")
        if self.every is not None and (self.every < 1 or self.crowd):
            raise ValueError("`every` is at least 1s, and no crowd")
        return self
