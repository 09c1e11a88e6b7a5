"""What the detectors cover of MITRE ATT&CK: by technique, the rules, those that have samples, and what was seen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warroom.bench.catalogue import OWN
from warroom.catalog.stages import Stage
from warroom.catalog.world import attack_version
from warroom.detect.sample_files import samples_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warroom.bench.catalogue import Entry

#: Versions that a layer names, https://github.com/mitre-attack/attack-navigator/tree/master/layers
LAYER: Final = "4.5"
NAVIGATOR: Final = "5.1.0"
_TAG: Final = re.compile(r"attack\.(t\d{4})(\.\d{3})?")
#: Score of a technique in a layer: 1 in shadow only, 2 covered, 3 covered and tested; each with its colour.
_COLOURS: Final = ("#ffffff", "#b9e3ec", "#22a7c3", "#0a7a5a")

#: Rules that a technique's comment names at most.
_MOST_TITLES: Final = 20


@dataclass(slots=True)
class Covered:
    """What covers a technique.

    Attributes:
        rules: in production.
        shadow: in shadow.
        tested: those of both that have samples.
        own: those of both that are our own.
        alerts: raised with the technique's tag.
        titles: of all these rules.
    """

    rules: int = 0
    shadow: int = 0
    tested: int = 0
    own: int = 0
    alerts: int = 0
    titles: list[str] = field(default_factory=list)

    @property
    def score(self) -> int:
        """Give 3 for covered and tested, 2 for covered, 1 for in shadow only, 0 for not at all."""
        if not self.rules:
            return 1 if self.shadow else 0
        return 3 if self.tested else 2


def covered(
    entries: Iterable[Entry], stages: Mapping[str, Stage], seen: Mapping[str, int], *, whole: bool = False
) -> dict[str, Covered]:
    """Give what covers each technique that a rule or an alert names, by id such as ``T1110.004``.

    Args:
        entries: rules that raise alerts; drafts and retired ones count for nothing.
        stages: the stage of each rule by its id.
        seen: alerts by tag, such as ``attack.t1110.004``.
        whole: count sub-techniques as the technique that they are part of.
    """
    found: dict[str, Covered] = {}
    for entry in entries:
        stage = stages[entry.id]
        if stage not in (Stage.PRODUCTION, Stage.SHADOW):
            continue
        tested = samples_of(Path(entry.file)).is_file()
        for technique in techniques_in(entry.tags, whole=whole):
            one = found.setdefault(technique, Covered())
            one.rules += stage == Stage.PRODUCTION
            one.shadow += stage == Stage.SHADOW
            one.tested += tested
            one.own += entry.origin == OWN
            one.titles.append(entry.title)
    for tag, alerts in seen.items():
        for technique in techniques_in((tag,), whole=whole):
            found.setdefault(technique, Covered()).alerts += alerts
    return found


def techniques_in(tags: Iterable[str], *, whole: bool = False) -> set[str]:
    """Give the ids of the techniques that tags name."""
    matches = (_TAG.fullmatch(tag.lower()) for tag in tags)
    return {(match[1] if whole else match[0].removeprefix("attack.")).upper() for match in matches if match}


def layer(found: Mapping[str, Covered], name: str) -> dict[str, Any]:
    """Give coverage as a layer for MITRE's ATT&CK Navigator."""
    return {
        "name": name,
        "versions": {"attack": attack_version().partition(".")[0], "navigator": NAVIGATOR, "layer": LAYER},
        "domain": "enterprise-attack",
        "description": "Score: 1 in shadow only, 2 covered by rules, 3 covered by rules that have samples.",
        "techniques": [
            {
                "techniqueID": technique,
                "score": one.score,
                "enabled": True,
                "comment": "\n".join(one.titles[:_MOST_TITLES]),
                "metadata": [
                    {"name": key, "value": str(getattr(one, key))}
                    for key in ("rules", "shadow", "tested", "own", "alerts")
                ],
            }
            for technique, one in sorted(found.items())
        ],
        "gradient": {"colors": list(_COLOURS), "minValue": 0, "maxValue": len(_COLOURS) - 1},
        "legendItems": [
            {"label": label, "color": colour}
            for label, colour in zip(("seen only", "in shadow", "covered", "tested"), _COLOURS, strict=True)
        ],
    }
