"""What the store tells of the rules that the worker loaded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from warroom.errors import NotFoundError
from warroom.store.database import State
from warroom.store.rules import loaded
from warroom.store.rules.loaded import Loaded, Said, said_by

WEB = (("nginx", "webserver", None), (None, "webserver", None))
ONE = Loaded(
    "one", "One", "หนึ่ง", "high", "rule", "test", True, "production", "web/a.yml", None, WEB, ("a.b",), ("w",), 5
)


def test_rules_are_given_as_they_were_told_and_replaced(state: State) -> None:
    others = [replace(ONE, rule_id="two", ncsa_category=None), replace(ONE, rule_id="three", draft_sha256="0" * 64)]
    loaded.tell(state, [ONE, *others])
    with state.read() as connection:
        assert loaded.read(connection) == [ONE, others[1], others[0]]
        assert loaded.get(connection, "one") == ONE
    loaded.tell(state, [])
    with state.read() as connection:
        assert loaded.read(connection) == []
        with pytest.raises(NotFoundError, match="has loaded no rule one"):
            loaded.get(connection, "one")


def test_a_rule_that_names_a_category_speaks_by_it_and_every_other_by_its_tags(state: State) -> None:
    loaded.tell(state, [ONE, replace(ONE, rule_id="two", ncsa_category=None), replace(ONE, rule_id="three")])
    raised = [("one", ["attack.t1190"]), ("two", ["attack.t1105", "x.y"]), ("intel:unknown", ["attack.t1071"])]
    with state.read() as connection:
        found = said_by(connection, raised)
        assert said_by(connection, []) == Said()
        assert said_by(connection, [("one", ["a.b"]), ("three", ["c.d"])]) == Said(frozenset({5}))
    assert found == Said(frozenset({5}), frozenset({"attack.t1105", "x.y", "attack.t1071"}))
