"""The version of the war room, as its project file has it."""

from __future__ import annotations

import tomllib
from functools import cache

from warroom.settings import ROOT


@cache
def version() -> str:
    """Give the version, such as ``0.1.0``."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
