from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proving import Kept
from sqlalchemy import func, select

from warroom.errors import StoreError
from warroom.settings import ROOT
from warroom.store.audit import GENESIS, MOST_BODY, AuditAction, Entry, Filter, Stored, Via, append, read
from warroom.store.audit_tables import audit, holds
from warroom.store.canonical import Json
from warroom.store.database import State
from warroom.store.tables import incident_log, meta

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


def told(action: AuditAction = AuditAction.REVEAL, **changes: object) -> Entry:
    entry = Entry("somchai", Via.CONSOLE, action, "incident", "7", {"reason": "เหตุผล"})
    return replace(entry, **changes)


def test_each_entry_follows_the_one_before(state: State) -> None:
    with state.write() as connection:
        first, second = append(connection, told()), append(connection, told())
    assert (first.seq, first.prev_hash, second.seq, second.prev_hash) == (1, GENESIS, 2, first.hash)
    assert first.own_hash() == first.hash != second.hash


def stopped_half_way(state: State) -> None:
    with state.write() as connection:
        append(connection, told())
        raise ValueError("stopped")


def test_what_did_not_happen_leaves_no_entry(state: State) -> None:
    with pytest.raises(ValueError, match="stopped"):
        stopped_half_way(state)
    with state.read() as connection:
        assert read(connection, Filter()).entries == []


@given(st.lists(TEXT, min_size=6, max_size=6), st.lists(TEXT, min_size=6, max_size=6))
def test_no_two_entries_have_the_same_hash(one: list[str], other: list[str]) -> None:
    first, second = (Stored(1, 5, *texts[:5], json.dumps(texts[5]), GENESIS, "") for texts in (one, other))
    assert (first.own_hash() == second.own_hash()) == (one == other)


def test_a_body_is_bounded_whatever_it_is(state: State) -> None:
    deep: object = "x"
    for _ in range(50):
        deep = {"deeper": deep}
    bodies = [{"a": "ก" * 100_000}, {"b": ["y" * 400] * 100_000}, {"c": deep}, {"d": "\x00\x1b\ud800"}]
    with state.write() as connection:
        found = [append(connection, told(body=body)) for body in bodies]
    assert all(len(one.body.encode()) <= MOST_BODY and json.loads(one.body) for one in found)
    assert "…" in found[0].body
    assert "\x1b" not in found[3].body


@pytest.mark.parametrize("value", ["x", ["x"], {"now": "x"}])
def test_a_secret_in_a_list_or_an_object_is_refused_too(state: State, value: Json) -> None:
    with pytest.raises(StoreError, match="never holds secrets"), state.write() as connection:
        append(connection, Entry("a", Via.CONSOLE, AuditAction.TOKEN_MADE, body={"tokens": value}))


def test_a_token_or_hash_in_any_text_is_blotted_out(state: State) -> None:
    token, hashed = "wrt_" + "aZ-_" * 10, "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"
    with state.write() as connection:
        body: dict[str, Json] = {"label": f"for {token}.", "told": [hashed], token: 1, "tokens": 3}
        one = append(connection, Entry(token, Via.CONSOLE, AuditAction.TOKEN_MADE, "x", token, body))
    assert (one.actor, one.subject_id) == ("[secret]", "[secret]")
    assert json.loads(one.body) == {"label": "for [secret].", "told": ["[secret]"], "[secret]": 1, "tokens": 3}


@pytest.mark.parametrize("key", ["password", "new_password", "API_Token", "totp"])
def test_a_secret_is_refused(state: State, key: str) -> None:
    with pytest.raises(StoreError, match="never holds secrets"), state.write() as connection:
        append(connection, told(body={"changes": [{key: "hunter2"}]}))


def test_the_search_narrows_and_goes_page_by_page(state: State) -> None:
    with state.write() as connection:
        for number in range(25):
            append(connection, told(actor=f"person{number % 2}", subject_id=str(number), body={"n": f"100%{number}"}))
        append(connection, told(AuditAction.ROWS_SEALED))
    with state.read() as connection:
        first = read(connection, Filter(actor="person1"), limit=10)
        second = read(connection, Filter(actor="person1"), before=first.next_before, limit=10)
        assert [one.subject_id for one in first.entries + second.entries] == [str(n) for n in range(23, 0, -2)]
        assert second.next_before is None
        assert [one.subject_id for one in read(connection, Filter(text="100%7")).entries] == ["7"]
        assert read(connection, Filter(text="1_0%")).entries == []
        assert len(read(connection, Filter()).entries) == 25  # what the store seals is no deed
        assert read(connection, Filter(actions=[AuditAction.SIGN_IN])).entries == []
        assert read(connection, Filter(subject_kind="incident", subject_id="3", via=Via.CONSOLE)).entries != []
        assert read(connection, Filter(since=1, until=2)).entries == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("turns", [100, pytest.param(500, marks=pytest.mark.soak)])
def test_twenty_processes_break_no_chain_and_lose_nothing(kept: Kept, turns: int) -> None:
    with kept.state as state, state.read() as connection:
        before = connection.scalar(select(func.count()).select_from(audit).where(audit.c.action != "rows_sealed"))
        noted, held = (connection.scalar(select(func.count()).select_from(one)) for one in (incident_log, holds))
    script = Path(__file__).with_name("many_actors.py")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, script, kept.data_dir, "20", str(turns)], env=environment, check=True, timeout=500)
    report = kept.check()
    assert report.findings == []
    with kept.state as state, state.read() as connection:
        deeds = select(func.count()).select_from(audit).where(audit.c.action != "rows_sealed")
        assert connection.scalar(deeds) == before + 20 * turns * 4 // 5
        assert connection.scalar(select(func.count()).select_from(incident_log)) == noted + 4 * turns
        assert connection.scalar(select(func.count()).select_from(holds)) == held + 4 * turns
        assert connection.scalar(select(meta.c.value).where(meta.c.key == "sum")) == str(4 * turns)
