"""What a scenario file says: the day's load, the log files, ordinary people and the attacks."""

from __future__ import annotations

import re
from datetime import time
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from warroom.catalog import load_platforms, read_yaml
from warroom.errors import ContentError, Fault, NotFoundError
from warroom.settings import REFERENCE

#: One folder per scenario: ``scenario.yml`` and ``feeds/``; ``payloads/`` is shared.
DRILLS: Final = REFERENCE / "drills"

DAY_SECONDS: Final = 86_400
_DURATION: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h)")
_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}


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


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(_Part):
    """A title in both languages."""

    th: Text
    en: Text


class Day(_Part):
    """Twenty-four hours from the opening, played in ``minutes``, one person for every ``one_of``."""

    opens: time
    registrations: int = Field(gt=0)
    minutes: float = Field(gt=0, le=1440)
    one_of: int = Field(gt=0)
    #: Time of day → load relative to the other points; in between it is interpolated.
    load: dict[time, Annotated[float, Field(ge=0)]] = Field(min_length=2)

    @property
    def seconds(self) -> float:
        """How long the whole day plays."""
        return self.minutes * 60


class LogFile(_Part):
    """One log file below ``{data}/logs``, as its program writes it."""

    id: Id
    platform: str
    path: PurePosixPath
    format: Literal["nginx", "syslog", "jsonl"]
    #: The log source of the platforms' vocabulary whose minimum fields the lines carry (jsonl only).
    source: str | None = None
    rotate: Seconds | None = None

    @field_validator("path")
    @classmethod
    def _stays_below(cls, path: PurePosixPath) -> PurePosixPath:
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("a path below {data}/logs, without `..`")
        return path


class Carrier(_Part):
    """Many people behind few addresses: a mobile carrier, a broadband provider, an office."""

    network: Network
    addresses: int = Field(gt=0, le=4096)
    share: Share
    geo: Text


class Kiosks(_Part):
    """Walk-in points where officers register one person after another on the same device."""

    network: Network
    count: int = Field(gt=0, le=200)
    share: Share


class Partner(_Part):
    """An agency's batch job: large, but regular and from one address."""

    client: Text
    agency: Text
    address: Text
    every: Seconds
    records: tuple[int, int]


class Places(_Part):
    """Which log each part of an ordinary day is written to, by log id."""

    web: str
    gateway: str
    sign_in: str
    proofing: str
    calls: str
    wallet_web: str
    wallet_calls: str
    bastion: str
    audit: str
    database: str


class Ordinary(_Part):
    """Everybody who means no harm."""

    logs: Places
    carriers: tuple[Carrier, ...] = Field(min_length=1)
    kiosks: Kiosks
    partners: tuple[Partner, ...]
    failed_sign_in: Share
    new_identity: Share
    failed_proofing: Share
    family_device: Share
    crawlers_per_minute: Rate
    probes_per_minute: Rate
    officers: tuple[Text, ...] = Field(min_length=1)
    administrators: tuple[Text, ...] = Field(min_length=1)
    app_agents: tuple[Text, ...] = Field(min_length=1)
    crawler_agents: tuple[Text, ...] = Field(min_length=1)


class Attack(_Part):
    """One attack: who (networks, devices, accounts), when, how fast, on which logs."""

    id: Id
    kind: Literal[
        "credential_stuffing", "identity_farm", "sql_injection", "http_flood", "admin_brute_force", "mass_export"
    ]
    title: Title
    start: Seconds
    duration: Seconds
    rate: Rate
    platform: str
    #: Role in the attack → log id, e.g. ``sign_in: tang_rat_authn``.
    logs: dict[str, str] = Field(min_length=1)
    networks: tuple[Network, ...] = Field(min_length=1)
    addresses: int = Field(default=1, gt=0, le=2000)
    success: Share = 0.0
    accounts: tuple[Text, ...] = ()
    agents: tuple[Text, ...] = ()


class Scenario(_Part):
    """A whole day, its people and its attackers."""

    title: Title
    description: str
    timezone: Literal["Asia/Bangkok"] = "Asia/Bangkok"
    day: Day
    logs: tuple[LogFile, ...] = Field(min_length=1)
    ordinary: Ordinary
    attacks: tuple[Attack, ...]

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        logs = {log.id: log for log in self.logs}
        if len(logs) != len(self.logs) or len({attack.id for attack in self.attacks}) != len(self.attacks):
            raise ValueError("an id stands twice among the logs or the attacks")
        for platform in [log.platform for log in self.logs] + [attack.platform for attack in self.attacks]:
            if platform not in load_platforms():
                raise ValueError(f"there is no platform `{platform}`")
        named = [("ordinary", log) for log in self.ordinary.logs.model_dump().values()]
        named += [(f"attack `{attack.id}`", log) for attack in self.attacks for log in attack.logs.values()]
        for who, log in named:
            if log not in logs:
                raise ValueError(f"{who} writes to a log `{log}` that is not listed")
        return self

    def log(self, name: str) -> LogFile:
        """Give a log file by its id."""
        return next(log for log in self.logs if log.id == name)


def load_scenario(name: str, folder: Path = DRILLS) -> Scenario:
    """Read and check one scenario. Raises NotFoundError or ContentError (file, line, reason)."""
    path = folder / name / "scenario.yml"
    if name not in names(folder):
        raise NotFoundError(f"there is no scenario `{name}`: known are {', '.join(names(folder)) or 'none'}")
    documents = read_yaml(path)
    if len(documents) != 1:
        raise ContentError(Fault(str(path), 0, f"one scenario a file: found {len(documents)} documents"))
    (document,) = documents
    try:
        return Scenario.model_validate(document.data)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(map(str, first["loc"])) or "scenario"
        line = document.line_of(*first["loc"])
        raise ContentError(Fault(str(path), line, f"`{place}`: {first['msg']}")) from problem


def names(folder: Path = DRILLS) -> list[str]:
    """List the scenarios by name, sorted."""
    return sorted(path.parent.name for path in folder.glob("*/scenario.yml"))
