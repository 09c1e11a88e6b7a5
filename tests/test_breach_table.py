import csv
import io
import json

import pytest
from making import somebody
from responding import HOUR, LEAD, open_one
from sqlalchemy import update

from warroom.access import Actor, Role
from warroom.breach_table import give_out
from warroom.errors import ForbiddenError
from warroom.respond.beginning import begin_response
from warroom.store import audit
from warroom.store.audit import AuditAction, Filter
from warroom.store.database import State, now_us
from warroom.store.sealing import touch
from warroom.store.tables import incidents

_MARK = "\ufeff"


def test_the_register_leaves_as_a_table_without_formulas_or_personal_data_and_is_audited(state: State) -> None:
    number = open_one(state, now_us() - HOUR)
    with state.write("incidents") as connection:
        title = '=HYPERLINK("http://x") somchai@example.go.th'
        connection.execute(update(incidents).where(incidents.c.id == number).values(title=title))
        touch(connection, "incidents", number)
    begin_response(state, number, LEAD, ["breach"])
    data = give_out(state, LEAD)
    text = data.decode()
    assert text.startswith(_MARK)
    (row,) = [one for one in csv.DictReader(io.StringIO(text.removeprefix(_MARK))) if one["outcome"]]
    assert (row["incident"], row["outcome"], row["sent_at"], row["hours"]) == (str(number), "open", "", "")
    assert row["title"].startswith("'=HYPERLINK")
    assert "somchai" not in text
    assert row["aware_at"].endswith("Z")
    assert text.rstrip().endswith("TLP:AMBER+STRICT")
    with state.read() as connection:
        (entry,) = audit.read(connection, Filter(actions=(AuditAction.EXPORT,)), limit=5).entries
    assert (entry.actor, entry.subject_kind) == (LEAD.name, "breaches")
    assert json.loads(entry.body)["rows"] == 1


def test_a_register_is_of_the_platforms_that_its_reader_sees(state: State) -> None:
    begin_response(state, open_one(state, now_us() - HOUR), LEAD, ["breach"])
    confined = Actor("wipa", frozenset({Role.SHIFT_LEAD}), platforms=frozenset({"nowhere"}))
    assert ",open," in give_out(state, LEAD).decode()
    assert ",open," not in give_out(state, confined).decode()
    with pytest.raises(ForbiddenError):
        give_out(state, somebody("prasit", Role.VIEWER))
