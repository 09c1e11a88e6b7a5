"""Drafts go along in backups: what people wrote comes back as it was, and nothing else gets in under their name."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import new_store

from warroom.bench import drafts
from warroom.collect import feed_drafts
from warroom.errors import ConflictError, StoreError
from warroom.store import draft_files
from warroom.store.backup import Source, back_up
from warroom.store.backup_list import FOLDERS, Contents, is_place
from warroom.store.draft_files import MOST_BYTES, MOST_FILES, is_draft
from warroom.store.restore import restore

DRAFTS = {
    "drafts/kyc_one_device.yml": b"title: One\n",
    "drafts/kyc_one_device.samples.yaml": "samples: [แบบร่าง]\n".encode(),
    "drafts/By_Hand-2.yml": b"",
    "feeds-drafts/gdx_authn.yml": b"platform: gdx\n",
    "feeds-drafts/samples/gdx_authn.log": bytes(range(256)),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a state folder with drafts, and what is none: a hidden file, an editor's, a folder."""
    folder = tmp_path / "data"
    new_store(folder / "state.db").close()
    for name, content in DRAFTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for name in (".kyc.yml.draft", ".hidden.yml", "kyc_one_device.yml~", "notes.txt"):
        (folder / "drafts" / name).write_text("x")
    (folder / "feeds-drafts" / "old.log").write_text("x")
    return folder


def back_up_here(place: Path, tmp_path: Path, name: str = "copy") -> Contents:
    return back_up(Source(place, place / "state.db", "0.1.0"), tmp_path / name, lambda *_: None)


def bring_back(tmp_path: Path) -> Path:
    place = tmp_path / "elsewhere"
    restore(tmp_path / "copy", place, place / "state.db", lambda *_: None, lambda *_: None)
    return place


def drafts_of(folder: Path) -> dict[str, bytes]:
    both = [path for top in draft_files.FOLDERS for path in (folder / top).rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in both}


def test_drafts_come_back_as_they_were(place: Path, tmp_path: Path) -> None:
    contents = back_up_here(place, tmp_path)
    assert dict(contents.lacking) == {}
    assert drafts_of(tmp_path / "copy") == DRAFTS
    restored = bring_back(tmp_path)
    assert drafts_of(restored) == DRAFTS
    assert {path.stat().st_mode & 0o777 for path in (restored / "drafts").iterdir()} == {0o600}


def test_what_is_no_draft_is_told_and_left_out(place: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    (place / "drafts" / "link.yml").symlink_to(secret)
    os.mkfifo(place / "drafts" / "pipe.yml")
    (place / "drafts" / "long.yml").write_bytes(b"#" * (MOST_BYTES + 1))
    (place / "drafts" / "two words.yml").write_text("x")
    os.close(os.open(os.fsencode(place / "drafts") + b"/\xff.yml", os.O_CREAT | os.O_WRONLY))
    contents = back_up_here(place, tmp_path)
    assert set(contents.lacking) == {
        "drafts/link.yml",
        "drafts/pipe.yml",
        "drafts/long.yml",
        "drafts/two words.yml",
        "drafts/\\udcff.yml",
    }
    assert drafts_of(tmp_path / "copy") == DRAFTS
    assert drafts_of(bring_back(tmp_path)) == DRAFTS


def test_so_many_and_no_more(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_files, "MOST_FILES", 2)
    contents = back_up_here(place, tmp_path)
    assert list(contents.lacking) == ["drafts"]
    assert "the last 1 are left out" in contents.lacking["drafts"]
    assert sum(part.path.startswith("drafts/") for part in contents.files) == 2


def test_a_linked_folder_of_drafts_is_not_followed(place: Path, tmp_path: Path) -> None:
    (place / "drafts").rename(tmp_path / "others")
    (place / "drafts").symlink_to(tmp_path / "others")
    back_up_here(place, tmp_path)
    assert set(drafts_of(tmp_path / "copy")) == {name for name in DRAFTS if name.startswith("feeds-drafts")}


def test_a_draft_that_was_removed_before_the_backup_went_on_is_not_in_it(place: Path, tmp_path: Path) -> None:
    def stop(what: str, _done: int, _total: int) -> None:
        if what == "checking":  # everything is copied by then
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(Source(place, place / "state.db", "0.1.0"), tmp_path / "copy", stop)
    (place / "drafts" / "By_Hand-2.yml").unlink()
    back_up_here(place, tmp_path)
    assert drafts_of(tmp_path / "copy") == {name: one for name, one in DRAFTS.items() if "Hand" not in name}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("drafts/../../outside.yml", "no place"),
        ("drafts/deeper/one.yml", "no place"),
        ("drafts/.hidden.yml", "no place"),
        ("drafts/one.py", "no place"),
        ("feeds-drafts/samples/../one.log", "no place"),
        ("feeds-drafts/samples/one.yml", "no place"),
        ("drafts/a\nb.yml", "no place"),
        ("drafts/long.yml", "too long for a draft"),
    ],
)
def test_a_list_that_names_what_no_draft_can_be_is_refused(place: Path, tmp_path: Path, path: str, said: str) -> None:
    back_up_here(place, tmp_path)
    content = b"#" * (MOST_BYTES + 1 if "long" in path else 1)
    if "long" in path:
        (tmp_path / "copy" / path).write_bytes(content)
    listed = tmp_path / "copy" / "manifest.json"
    told = json.loads(listed.read_text())
    told["files"].append({"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    listed.write_text(json.dumps(told))
    with pytest.raises(StoreError, match=said):
        bring_back(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_list_with_more_drafts_than_there_can_be_is_refused(place: Path, tmp_path: Path) -> None:
    back_up_here(place, tmp_path)
    listed = tmp_path / "copy" / "manifest.json"
    told = json.loads(listed.read_text())
    one = {"bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}
    told["files"] += [one | {"path": f"drafts/n{number}.yml"} for number in range(3 * MOST_FILES)]
    listed.write_text(json.dumps(told))
    with pytest.raises(StoreError, match="more drafts"):
        bring_back(tmp_path)


def test_drafts_that_are_there_are_not_written_over(place: Path, tmp_path: Path) -> None:
    back_up_here(place, tmp_path)
    own = tmp_path / "elsewhere" / "drafts" / "mine.yml"
    own.parent.mkdir(parents=True)
    own.write_text("title: Mine\n")
    with pytest.raises(ConflictError, match="drafts is not empty"):
        bring_back(tmp_path)
    assert drafts_of(tmp_path / "elsewhere") == {"drafts/mine.yml": b"title: Mine\n"}


@given(st.text(st.sampled_from("ab/.\\\0\n-_ ~y"), max_size=12), st.sampled_from([".yml", ".log", ".samples.yaml", ""]))
def test_no_name_leads_out_of_the_folders_of_drafts(name: str, ending: str) -> None:
    for folder in (*draft_files.FOLDERS, "feeds-drafts/samples"):
        path = f"{folder}/{name}{ending}"
        if is_place(path):
            assert is_draft(path)
            assert os.path.normpath(path) == path
            assert Path(path).parent == Path(folder)


def test_everything_that_the_console_writes_as_a_draft_fits() -> None:
    assert set(draft_files.FOLDERS) == {drafts.FOLDER, feed_drafts.FOLDER} <= set(FOLDERS)
    assert max(drafts.MOST_BYTES, feed_drafts.MOST_TEXT, feed_drafts.MOST_LINES) <= MOST_BYTES
    assert max(2 * drafts.MOST, feed_drafts.MOST_DRAFTS) <= MOST_FILES
    assert is_draft(f"{drafts.FOLDER}/{'a' * 70}.samples.yaml")
    assert is_draft(f"{feed_drafts.FOLDER}/{feed_drafts.SAMPLES}/{'a' * 63}.log")
