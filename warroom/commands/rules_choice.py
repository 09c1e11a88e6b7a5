"""Which rules a back-test is asked for: files, drafts and detectors by name, ids, titles, or all that are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.commands.output import printable
from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from warroom.detect import Correlation, Rule, RuleSet

_RULES: Final = (".yml", ".yaml")


def loaded_with(asked: Sequence[str], detectors: Path, cache: Path) -> RuleSet:
    """Load the detectors, and files from elsewhere, such as drafts, which go before detectors of the same id.

    Raises:
        UsageError: a file from elsewhere does not load.
    """
    from warroom.detect import load_rules

    files = [file for one in asked if (file := _file(one)) is not None]
    elsewhere = [file for file in files if not file.resolve().is_relative_to(detectors)]
    loaded = load_rules([*elsewhere, detectors], None if elsewhere else cache)
    wrong = {str(path) for path in elsewhere}
    if faults := [fault for fault in loaded.refused if fault.file in wrong]:
        raise UsageError("\nerror: ".join(printable(str(fault)) for fault in faults))
    return loaded


def rules_asked(asked: Sequence[str], loaded: RuleSet) -> list[str]:
    """Give the ids of the rules asked for. Raises UsageError where there is none."""
    if not asked:
        raise UsageError("which rules? Name files, drafts, ids or names, or say --all")
    found: dict[str, None] = {}
    for one in asked:
        file = _file(one)
        ids = _called(one, loaded) if file is None else _in_file(file, loaded)
        if not ids:
            raise UsageError(f"there is no rule `{printable(one[:200])}`: `./run rules list` names them")
        found |= dict.fromkeys(ids)
    return list(found)


def every_rule(loaded: RuleSet) -> Collection[Rule | Correlation]:
    """Give all rules, those that serve others among them."""
    return [*loaded.correlations, *loaded.rules]


def _file(asked: str) -> Path | None:
    """Give the file that is meant, a draft's by its name; None where no file is."""
    from warroom.bench.drafts import drafts_folder
    from warroom.settings import Settings

    if asked.endswith(_RULES) and Path(asked).is_file():
        return Path(asked)
    draft = drafts_folder(Settings().data_dir) / f"{asked}.yml"
    return draft if "/" not in asked and draft.is_file() else None


def _in_file(file: Path, loaded: RuleSet) -> list[str]:
    """Give the rules of a file that raise alerts, and those that its filters are for."""
    from warroom.bench.backtest_choice import alerting

    here = file.resolve()
    loud = set(alerting(loaded))

    def stands(rule: Rule | Correlation) -> bool:
        filters = getattr(rule, "filters", ())
        return Path(rule.file).resolve() == here or any(Path(one.file).resolve() == here for one in filters)

    return [one.id for one in every_rule(loaded) if one.id in loud and stands(one)]


def _called(asked: str, loaded: RuleSet) -> list[str]:
    """Give the rules with this id, name or title; else those that raise alerts in the file of this name."""
    from warroom.bench.backtest_choice import alerting

    found = [one.id for one in every_rule(loaded) if asked in {one.id, one.name, one.title}]
    loud = set(alerting(loaded))
    return found or [one.id for one in every_rule(loaded) if one.id in loud and Path(one.file).stem == asked]
