"""What changed of content and settings is in the audit, and a list that somebody rewrote is not believed."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select, update

from warroom.store import seen
from warroom.store.audit_tables import audit
from warroom.store.database import State
from warroom.store.seen import File
from warroom.store.tables import meta

ONE, OTHER = "1" * 64, "2" * 64


def tell(state: State, **files: File) -> int:
    with state.write() as connection:
        return seen.tell_content(connection, "detectors", files)


def told(state: State) -> list[dict[str, Any]]:
    with state.read() as connection:
        return [json.loads(body) for body in connection.scalars(select(audit.c.body).order_by(audit.c.seq))]


def test_each_change_is_told_once_with_what_was_and_what_is(state: State) -> None:
    assert tell(state, a=File(ONE, 2)) == 1
    assert tell(state, a=File(ONE, 2)) == 0
    assert tell(state, a=File(OTHER, 3), b=File(ONE, 1)) == 2
    assert tell(state, b=File(ONE, 1)) == 1
    first, change, end = told(state)
    assert (first["seen"], first["items_now"]) == ("first look", 2)
    assert change["files"] == [f"a {ONE} → {OTHER}", f"b none → {ONE}"]
    assert (change["seen"], change["items_before"], change["items_now"]) == ("file change seen by worker", 2, 4)
    assert end["files"] == [f"a {OTHER} → none"]
    assert "last_list" not in end


def test_many_files_are_told_by_several_entries_and_the_rest_is_counted(state: State) -> None:
    tell(state, a=File(ONE, 1))
    assert tell(state, a=File(ONE, 1), **{f"{'ก' * 90} {number:04}": File(OTHER, 1) for number in range(700)}) == 700
    _, *entries = told(state)
    assert [len(entry["files"]) for entry in entries] == [50] * 10
    assert {entry["not_listed"] for entry in entries} == {200}


def test_an_empty_folder_is_told_too(state: State) -> None:
    assert tell(state) == 0
    assert tell(state, a=File(ONE, 1)) == 1
    assert tell(state) == 1
    assert tell(state) == 0
    assert [entry["seen"] for entry in told(state)] == ["first look", "file change seen by worker"]


def test_a_list_that_somebody_rewrote_hides_nothing(state: State) -> None:
    tell(state, a=File(ONE, 1))
    for forged in ('{"a":["' + OTHER + '",1]}', "[]", "nonsense", '{"a":1.5}'):
        with state.write() as connection:
            connection.execute(update(meta).where(meta.c.key == "seen.detectors").values(value=forged))
        assert tell(state, a=File(OTHER, 1)) == 1
        assert told(state)[-1]["last_list"] == "changed past the war room"


def test_settings_are_told_where_they_differ_from_the_last_start(state: State) -> None:
    def start(**values: str) -> list[str]:
        with state.write() as connection:
            return seen.tell_settings(connection, values)

    assert start(retention_days="365", ntp="time.example") == ["ntp", "retention_days"]
    assert start(retention_days="365", ntp="time.example") == []
    assert start(retention_days="90") == ["ntp", "retention_days"]
    first, change = told(state)
    assert first["settings"] == ["ntp: time.example", "retention_days: 365"]
    assert change["settings"] == ["ntp: time.example → none", "retention_days: 365 → 90"]
