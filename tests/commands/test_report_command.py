"""`./run report`: files for others, from the command line."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from making import an_alert, events

from warroom.__main__ import main
from warroom.incidents.grouping import group
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease


@pytest.fixture(autouse=True)
def number(state: State, data_dir: Path, lease: Lease, monkeypatch: pytest.MonkeyPatch) -> str:
    ids = EventIds(state)
    alerts = [an_alert()]
    commit(state, data_dir, Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=alerts), ids, lease)
    group(state, timedelta(hours=1))
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    return "1"


def test_one_format_goes_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["report", "1", "--as", "stix", "--tlp", "TLP:AMBER"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["type"] == "bundle"


def test_a_pack_goes_into_a_file_for_its_owner_alone(
    state: State, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pack.zip"
    command = ["report", "1", "--as", "pack", "--recipient", "NCSA", "--output", str(file)]
    assert main(command) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as kept:
        assert json.loads(kept.read("manifest.json"))["made"]["recipient"] == "NCSA"
    with state.read() as connection:
        (entry,) = read(connection, Filter(actions=[AuditAction.EXPORT])).entries
    assert (entry.via, json.loads(entry.body)["recipient"]) == ("command_line", "NCSA")
    before = file.read_bytes()
    assert main(command) == 2
    assert "there already" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert main([*command, "--force"]) == 0
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".draft")] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["99", "--as", "json"], "no incident 99"),
        (["1", "--as", "exe"], "no format exe"),
        (["1", "--as", "json", "--tlp", "purple"], "no such mark"),
        (["1", "--as", "json", "--tlp", "red"], "named recipients"),
        (["1", "--as", "pdf"], "nothing to export"),
        (["1", "--as", "json", "--contact", "7"], "no contact 7"),
    ],
)
def test_what_cannot_be_is_exit_2_and_says_why(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", *arguments]) == 2
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.out == ""
