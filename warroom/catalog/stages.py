"""The stages of a rule's life: what the worker does with what it finds."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Draft: nothing. Shadow: runs live, is counted, raises nothing. Production: raises alerts. Retired: nothing."""

    DRAFT = "draft"
    SHADOW = "shadow"
    PRODUCTION = "production"
    RETIRED = "retired"


def default_stage(status: str, *, own: bool) -> Stage:
    """Give the stage of a rule that nobody has set one for.

    Args:
        status: Sigma's: stable, test, experimental, deprecated, unsupported; empty where none is told.
        own: one of the project's own detectors; rules of others were chosen when they were brought in.
    """
    if not own:
        return Stage.PRODUCTION
    if status in ("deprecated", "unsupported"):
        return Stage.RETIRED
    return Stage.SHADOW if status == "experimental" else Stage.PRODUCTION
