from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warroom.drill.truth import TRUTH, read_truth
from warroom.errors import ContentError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drill.conftest import Played


def test_a_last_line_that_is_still_written_is_left_out(played: Played, tmp_path: Path) -> None:
    whole = (played.data_dir / TRUTH).read_text("utf-8")
    cut = tmp_path / "truth.jsonl"
    cut.write_text(whole[:-20], "utf-8")
    assert set(played.truth) - {truth.attack for truth in read_truth(cut)} == {"export_session"}


@pytest.mark.parametrize("line", ["{", "[]", '{"play": "x"}', '"text"'])
def test_a_broken_line_is_reported_with_its_number(played: Played, tmp_path: Path, line: str) -> None:
    whole = (played.data_dir / TRUTH).read_text("utf-8")
    broken = tmp_path / "truth.jsonl"
    broken.write_text(whole + line + "\n", "utf-8")
    with pytest.raises(ContentError) as caught:
        read_truth(broken)
    assert caught.value.fault.line == whole.count("\n") + 1


def test_a_missing_truth_says_what_writes_it(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="drill start"):
        read_truth(tmp_path / "none.jsonl")
