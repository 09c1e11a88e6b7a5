"""Drafts of feeds: saved beside the feeds, masked, whole or not at all, and told to the audit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from warroom.access import Actor, Role
from warroom.collect.feed_drafts import MOST_LINES, list_drafts, save_draft, take_draft
from warroom.errors import ForbiddenError, NotFoundError, UsageError
from warroom.store import audit
from warroom.store.audit import AuditAction, Filter
from warroom.store.database import State

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ME = Actor("prometheus", frozenset({Role.DETECTION_ENGINEER}))
FEED = "platform: gdx\nlog_source: authn\ncollect: {transport: file, paths: [/x]}\nenabled: false\n"
LINES = '{"user": "1101700207366"}\n'


def test_a_draft_and_its_masked_sample_are_saved_given_and_told(state: State, data_dir: Path) -> None:
    made = save_draft(state, data_dir, ME, "gdx_authn", FEED, LINES, NOW)
    again = save_draft(state, data_dir, ME, "gdx_authn", FEED + "# again\n", LINES, NOW)
    assert made == again
    assert [one.feed_id for one in list_drafts(data_dir, ME)] == ["gdx_authn"]
    assert take_draft(state, data_dir, ME, "gdx_authn").decode() == FEED + "# again\n"
    sample = take_draft(state, data_dir, ME, "gdx_authn", sample=True).decode()
    assert sample.startswith('{"user": "')
    assert "1101700207366" not in sample
    assert sorted(path.name for path in made.file.parent.rglob("*")) == ["gdx_authn.log", "gdx_authn.yml", "samples"]
    with state.read() as connection:
        told = audit.read(connection, Filter(), limit=10).entries
    assert [(one.action, one.subject_id) for one in told if one.subject_kind == "feed_draft"] == [
        (AuditAction.EXPORT, "gdx_authn"),
        (AuditAction.EXPORT, "gdx_authn"),
        (AuditAction.FEED_CHANGED, "gdx_authn"),
        (AuditAction.FEED_CHANGED, "gdx_authn"),
    ]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", ".x", "x" * 64, "x\n", "a.b"])
def test_a_name_that_is_none_touches_nothing(name: str, state: State, data_dir: Path) -> None:
    with pytest.raises(UsageError, match="small letters"):
        save_draft(state, data_dir, ME, name, FEED, LINES, NOW)
    with pytest.raises(UsageError, match="small letters"):
        take_draft(state, data_dir, ME, name)
    assert not (data_dir / "feeds-drafts").exists()


def test_what_is_faulty_or_too_much_is_not_saved(state: State, data_dir: Path) -> None:
    with pytest.raises(UsageError, match=r"line 4: .*enabled"):
        save_draft(state, data_dir, ME, "x", FEED.replace("false", "maybe"), LINES, NOW)
    with pytest.raises(UsageError, match="at most 64 KiB"):
        save_draft(state, data_dir, ME, "x", FEED, "x" * (MOST_LINES + 1), NOW)
    with pytest.raises(NotFoundError, match="save it again"):
        take_draft(state, data_dir, ME, "x")
    assert list_drafts(data_dir, ME) == []


def test_who_makes_no_feeds_makes_no_drafts_and_links_are_not_followed(state: State, data_dir: Path) -> None:
    analyst = Actor("anong", frozenset({Role.ANALYST}))
    with pytest.raises(ForbiddenError):
        save_draft(state, data_dir, analyst, "x", FEED, LINES, NOW)
    made = save_draft(state, data_dir, ME, "x", FEED, LINES, NOW)
    secret = data_dir / "secret"
    secret.write_text("key")
    made.sample.unlink()
    made.sample.symlink_to(secret)
    with pytest.raises(NotFoundError):
        take_draft(state, data_dir, ME, "x", sample=True)
    save_draft(state, data_dir, ME, "x", FEED, LINES, NOW)
    assert secret.read_text() == "key"
    assert not made.sample.is_symlink()
