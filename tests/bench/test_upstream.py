from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from warroom.bench.release import read_release
from warroom.bench.upstream import bring_in, plan
from warroom.detect.content import upstream_faults
from warroom.errors import UsageError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
RULE = """title: {title}
id: 5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c{number:02}
logsource: {source}
detection: {{a: {{b: {title}}}, condition: a}}
level: low
"""
FILTER = """title: Filter
id: 5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c90
logsource: {category: webserver}
filter:
    rules:
        - 5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c02
        - 5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c01
    selection: {b: x}
    condition: not selection
"""


def rule(number: int, title: str, source: str = "{category: webserver}") -> str:
    return RULE.format(number=number, title=title, source=source)


FIRST = {
    "LICENSE": "The licence",
    "rules/web/one.yml": rule(1, "one"),
    "rules/web/two.yml": rule(2, "two"),
    "rules/windows/no.yml": rule(3, "no"),
    "rules-emerging-threats/2026/web.yml": rule(4, "web"),
    "rules-emerging-threats/2026/win.yml": rule(5, "win", "{product: windows}"),
    "rules-threat-hunting/lnx.yml": rule(6, "lnx", "{product: linux}"),
    "rules/web/odd.yml": rule(7, "odd").replace("condition: a", "condition: nothing"),
}
SECOND = {**FIRST, "rules/web/two.yml": rule(2, "changed"), "rules/web/new.yml": rule(8, "new")}
del SECOND["rules/web/one.yml"]


def packed(folder: Path, files: dict[str, str], top: str = "sigma-1.0/") -> Path:
    path = folder / "release.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(top + name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def zipped(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "release.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = COMMIT.encode()
        for name, text in files.items():
            archive.writestr(f"sigma-1.0/{name}", text)
    return path


def laid(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / "release" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "release"


@pytest.fixture
def detectors(tmp_path: Path) -> Path:
    """A folder of detectors with the first release and a filter for its rules."""
    folder = tmp_path / "detectors"
    (folder / "filters").mkdir(parents=True)
    (folder / "filters" / "web_x.yml").write_text(FILTER, encoding="utf-8")
    bring_in(plan(read_release(packed(tmp_path, FIRST)), folder, COMMIT), folder)
    return folder


def below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_release_is_taken_by_the_selection_and_what_the_engine_refuses_is_left_out(detectors: Path) -> None:
    manifest = json.loads((detectors / "upstream" / "UPSTREAM.json").read_bytes())
    assert sorted(manifest["files"]) == [
        "LICENSE",
        "rules-emerging-threats/2026/web.yml",
        "rules-threat-hunting/lnx.yml",
        "rules/web/one.yml",
        "rules/web/two.yml",
    ]
    assert list(manifest["left_out"]) == ["rules/web/odd.yml"]
    assert "nothing" in manifest["left_out"]["rules/web/odd.yml"]
    assert manifest["commit"] == COMMIT
    assert COMMIT in (detectors / "upstream" / "UPSTREAM.md").read_text(encoding="utf-8")
    assert upstream_faults(detectors) == []


@pytest.mark.parametrize("form", [packed, zipped, laid])
def test_a_release_is_compared_and_brought_in_whole(
    detectors: Path, tmp_path: Path, form: Callable[[Path, dict[str, str]], Path]
) -> None:
    release = read_release(form(tmp_path, SECOND))
    assert release.commit == (COMMIT if form is zipped else "")
    found = plan(release, detectors, "f" * 40)
    assert (found.added, found.changed, found.removed, found.unchanged) == (
        ["rules/web/new.yml"],
        ["rules/web/two.yml"],
        ["rules/web/one.yml"],
        2,
    )
    place = detectors / "filters" / "web_x.yml"
    assert found.orphaned == [(f"{place}:7", "5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c01")]
    assert found.affected == [(f"{place}:6", "5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c02")]
    assert found.licence == "The licence"
    bring_in(found, detectors)
    assert upstream_faults(detectors) == []
    assert not (detectors / "upstream" / "rules" / "web" / "one.yml").exists()
    assert place.read_text(encoding="utf-8") == FILTER
    assert not plan(release, detectors, "f" * 40).differs
    assert {path.name for path in detectors.parent.iterdir()} <= {
        "detectors",
        "release.tar.gz",
        "release.zip",
        "release",
    }


def test_a_failure_leaves_all_as_it_was(detectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = below(detectors)
    found = plan(read_release(packed(tmp_path, SECOND)), detectors, COMMIT)
    rename = Path.rename

    def broken(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("no room")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(OSError, match="no room"):
        bring_in(found, detectors)
    assert below(detectors) == before


def hostile(folder: Path, change: Callable[[tarfile.TarInfo], None], size: int = 4) -> Path:
    path = folder / "hostile.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("sigma/rules/web/x.yml")
        member.size = size
        change(member)
        archive.addfile(member, io.BytesIO(b"a" * size) if member.isreg() else None)
    return path


def named(name: str) -> Callable[[tarfile.TarInfo], None]:
    return lambda member: setattr(member, "name", name)


def linked(member: tarfile.TarInfo) -> None:
    member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0


@pytest.mark.parametrize(
    ("change", "size", "reason"),
    [
        (named("../../rules/web/x.yml"), 4, "would lie outside"),
        (named("/rules/web/x.yml"), 4, "would lie outside"),
        (named("sigma/rules/..\\x.yml"), 4, "would lie outside"),
        (linked, 0, "holds a link or a device"),
        (lambda _: None, (1 << 20) + 1, "more than 1 MiB"),
        (named("sigma/other/x.yml"), 4, "has no folder `rules`"),
    ],
)
def test_hostile_archives_are_refused(
    tmp_path: Path, change: Callable[[tarfile.TarInfo], None], size: int, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        read_release(hostile(tmp_path, change, size))


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warroom.bench.release._MOST_BYTES", 50_000)
    with pytest.raises(UsageError, match="is no release of rules"):
        read_release(hostile(tmp_path, named("sigma/rules/pad.bin"), 10_000_000))
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(3):
            made.writestr(f"rules/{number}.yml", b"a" * 30_000)
    with pytest.raises(UsageError, match="is no release of rules"):
        read_release(archive)


def test_a_zip_with_a_link_and_a_folder_with_one_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "link.zip"
    with zipfile.ZipFile(archive, "w") as made:
        member = zipfile.ZipInfo("rules/x.yml")
        member.external_attr = 0o120777 << 16
        made.writestr(member, "/etc/passwd")
    with pytest.raises(UsageError, match="holds a link"):
        read_release(archive)
    place = laid(tmp_path, {"rules/web/one.yml": rule(1, "one")})
    (place / "rules" / "web" / "two.yml").symlink_to("/etc/passwd")
    with pytest.raises(UsageError, match="is a link"):
        read_release(place)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00broken", b"PK\x03\x04broken"])
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "release"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not a readable"):
        read_release(path)
