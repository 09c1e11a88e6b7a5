"""The feeds of a folder, read again only where a file is not what it was."""

from __future__ import annotations

import os
from pathlib import Path

from warroom.console.feed_folder import FeedFolder

FEED = "platform: gdx\nlog_source: {}\ncollect: {{transport: file, paths: [/x]}}\n"


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    folder = FeedFolder(tmp_path, tmp_path / "data")
    (tmp_path / "gdx").mkdir()
    one, two = tmp_path / "gdx" / "one.yml", tmp_path / "two.yml"
    one.write_text(FEED.format("authn"))
    two.write_text(FEED.format("kyc"))
    feeds, faults = folder.look()
    assert ([feed.id for feed in feeds], faults) == (["one", "two"], [])
    again, _ = folder.look()
    assert all(before is after for before, after in zip(feeds, again, strict=True))
    two.write_text(FEED.format("nonsense"))
    os.utime(two, ns=(1, 1))
    feeds, faults = folder.look()
    assert [feed.id for feed in feeds] == ["one"]
    assert feeds[0] is again[0]
    assert {fault.file for fault in faults} == {str(two)}
    two.unlink()
    assert folder.look() == (feeds, [])


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    feeds, (fault,) = FeedFolder(tmp_path / "none", tmp_path).look()
    assert feeds == []
    assert "cannot be read" in fault.reason
