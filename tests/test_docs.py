from __future__ import annotations

import importlib
import re

import pytest

from warroom.__main__ import COMMANDS
from warroom.settings import ROOT, Settings


def test_every_setting_is_documented_and_none_that_is_not_there() -> None:
    told = set(re.findall(r"`WARROOM_([A-Z_]+)` \|", (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")))
    assert told == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_a_file_with_help(name: str) -> None:
    module = importlib.import_module(f"warroom.commands.{name}")
    assert module.__doc__
    assert module.__doc__.startswith(f"`./run {name}")
    assert module.app


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
