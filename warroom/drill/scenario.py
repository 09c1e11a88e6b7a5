"""What a scenario file says: the day's load, the log files, ordinary people and the attacks."""

from __future__ import annotations

from datetime import time
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Discriminator, Field, Tag, ValidationError, field_validator, model_validator

from warroom.catalog import load_platforms
from warroom.drill.checking import check
from warroom.drill.kinds import Kinds, load_kinds, one_document, validated
from warroom.drill.steps.script import (
    Id,
    Network,
    Part,
    Rate,
    Seconds,
    Share,
    StepsAttack,
    Stream,
    Text,
    Title,
)
from warroom.errors import ContentError, Fault, NotFoundError
from warroom.settings import REFERENCE

#: One folder per scenario: ``scenario.yml`` and ``feeds/``; ``payloads/`` is shared.
DRILLS: Final = REFERENCE / "drills"

DAY_SECONDS: Final = 86_400


class Day(Part):
    """Twenty-four hours from the opening, played in ``minutes``, one person for every ``one_of``."""

    opens: time
    minutes: float = Field(gt=0, le=1440)
    registrations: int = Field(default=1, gt=0)
    one_of: int = Field(default=1, gt=0)
    #: Time of day → load relative to the other points; in between it is interpolated.
    load: dict[time, Annotated[float, Field(ge=0)]] = Field(
        default_factory=lambda: {time(0): 1.0, time(12): 1.0}, min_length=2
    )

    @property
    def seconds(self) -> float:
        """How long the whole day plays."""
        return self.minutes * 60


#: How programs write the kinds of logs that are not JSON Lines of a platform's own, and what their files are called.
_FORMATS: Final = {"web_access": "nginx", "k8s_audit": "k8s_audit", "ids": "suricata_eve"}
_ENDINGS: Final = {"nginx": "log", "syslog": "log"}


class LogFile(Part):
    """One log file below ``{data}/logs``, as its program writes it.

    Id, path and format follow from platform and source where the file does not name them.
    """

    id: Id
    platform: str
    path: PurePosixPath
    format: Literal["nginx", "syslog", "jsonl", "k8s_audit", "suricata_eve"]
    #: The log source of the platforms' vocabulary whose minimum fields the lines carry.
    source: str | None = None
    rotate: Seconds | None = None
    #: How busy its ordinary streams are (data/reference/drills/ordinary/): 1 is as they stand there, 0 is not at all.
    ordinary: float = Field(default=0.0, ge=0, le=1000)

    @model_validator(mode="before")
    @classmethod
    def _follows_from_its_source(cls, data: Any) -> Any:  # noqa: ANN401  as YAML gave it
        if not isinstance(data, dict) or not isinstance(source := data.get("source"), str):
            return data
        form = data.get("format") or _FORMATS.get(source, "jsonl")
        path = f"{data.get('platform')}/{source}.{_ENDINGS.get(str(form), 'jsonl')}"
        return {"id": f"{data.get('platform')}_{source}", "path": path, "format": form} | data

    @field_validator("path")
    @classmethod
    def _stays_below(cls, path: PurePosixPath) -> PurePosixPath:
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("a path below {data}/logs, without `..`")
        return path


class Carrier(Part):
    """Many people behind few addresses: a mobile carrier, a broadband provider, an office."""

    network: Network
    addresses: int = Field(gt=0, le=4096)
    share: Share
    geo: Text


class Kiosks(Part):
    """Walk-in points where officers register one person after another on the same device."""

    network: Network
    count: int = Field(gt=0, le=200)
    share: Share


class Partner(Part):
    """An agency's batch job: large, but regular and from one address."""

    client: Text
    agency: Text
    address: Text
    every: Seconds
    records: tuple[int, int]


class Places(Part):
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


class Ordinary(Part):
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


class Attack(Part):
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


def _sort(data: Any) -> str:  # noqa: ANN401  as YAML gave it
    kind = data.get("kind") if isinstance(data, dict) else getattr(data, "kind", None)
    return "<steps>" if kind == "steps" else "<program>"


AnyAttack = Annotated[
    Annotated[Attack, Tag("<program>")] | Annotated[StepsAttack, Tag("<steps>")], Discriminator(_sort)
]


class Chapter(Part):
    """A file below a scenario's `attacks/`: some of its attacks, and streams that stand beside them."""

    streams: tuple[Stream, ...] = ()
    attacks: tuple[AnyAttack, ...] = ()


class Scenario(Part):
    """A whole day, its people and its attackers."""

    title: Title
    description: str
    timezone: Literal["Asia/Bangkok"] = "Asia/Bangkok"
    day: Day
    logs: tuple[LogFile, ...] = Field(min_length=1, max_length=400)
    #: The people of a registration day; scenarios without one have streams alone.
    ordinary: Ordinary | None = None
    streams: tuple[Stream, ...] = Field(default=(), max_length=200)
    attacks: tuple[AnyAttack, ...] = ()
    #: What the kinds of logs hold: not of the scenario's file, but of `ordinary/`.
    kinds: Kinds = Kinds()

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        logs = {log.id: log for log in self.logs}
        if len(logs) != len(self.logs) or len({attack.id for attack in self.attacks}) != len(self.attacks):
            raise ValueError("an id stands twice among the logs or the attacks")
        for platform in [log.platform for log in self.logs] + [attack.platform for attack in self.attacks]:
            if platform not in load_platforms():
                raise ValueError(f"there is no platform `{platform}`")
        named = [("ordinary", log) for log in self.ordinary.logs.model_dump().values()] if self.ordinary else []
        named += [(f"attack `{attack.id}`", log) for attack in self.attacks for log in attack.logs.values()]
        named += [(f"stream `{stream.id}`", log) for stream in self.streams for log in stream.written()]
        for who, log in named:
            if log not in logs:
                raise ValueError(f"{who} writes to a log `{log}` that is not listed")
        return self

    def log(self, name: str) -> LogFile:
        """Give a log file by its id."""
        return next(log for log in self.logs if log.id == name)


def load_scenario(name: str, folder: Path = DRILLS) -> Scenario:
    """Read and check one scenario with its chapters. Raises NotFoundError or ContentError (file, line, reason)."""
    if name not in names(folder):
        raise NotFoundError(f"there is no scenario `{name}`: known are {', '.join(names(folder)) or 'none'}")
    kinds = load_kinds()
    document = one_document(folder / name / "scenario.yml")
    scenario = validated(Scenario, document)
    check(kinds, scenario.logs, scenario, document)
    streams, attacks = list(scenario.streams), list(scenario.attacks)
    for path in sorted((folder / name / "attacks").glob("*.yml")):
        part = one_document(path)
        chapter = validated(Chapter, part)
        check(kinds, scenario.logs, chapter, part)
        streams += chapter.streams
        attacks += chapter.attacks
    whole = {**scenario.__dict__, "streams": tuple(streams), "attacks": tuple(attacks), "kinds": kinds}
    try:
        return Scenario.model_validate(whole)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise ContentError(Fault(str(document.file), document.line, f"`scenario`: {first['msg']}")) from problem


def names(folder: Path = DRILLS) -> list[str]:
    """List the scenarios by name, sorted."""
    return sorted(path.parent.name for path in folder.glob("*/scenario.yml"))
