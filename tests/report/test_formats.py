"""Each exchange format is what its own schema, validator or reader takes, whatever people and logs wrote."""

from __future__ import annotations

import csv
import functools
import io
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pymisp
import pytest
from casefiles import AT, a_case, closed
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from lxml import etree
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from stix2validator import ValidationOptions, validate_string

from warroom.model import Disposition, Status
from warroom.report.case_json import to_json
from warroom.report.iodef import to_iodef
from warroom.report.marking import Marking, Tlp
from warroom.report.misp import to_misp
from warroom.report.ocsf import VERSION, to_ocsf
from warroom.report.stix import INCIDENT_CORE, MARKS, TLP_2, to_stix
from warroom.report.tables import alerts_table, entities_table, timeline_table
from warroom.settings import REFERENCE, ROOT
from warroom.store.views.case_masking import masked
from warroom.store.views.casefile import CaseFile

IODEF = ROOT / "tests" / "samples" / "schemas" / "iodef-2.0"
ALL = (to_json, to_stix, to_misp, to_iodef, to_ocsf, alerts_table, entities_table, timeline_table)
MARKING = Marking(Tlp.AMBER_STRICT, AT, "somchai", "CERT of the sector", "Answer within a day.")
#: What formats are afraid of.
HOSTILE = [
    "]]><script>alert(1)</script>&amp;<!--",
    "\u202egnp.exe\u2066\x00\x1b[2J\x0b\ufffe\ud800",
    '=HYPERLINK("http://203.0.113.1")',
    "'; DROP TABLE x --\\",
    "ที่ น้ำ ปู่ ฟื้นฟู 👩\u200d💻",
    "ก" * 10_000,
]
#: What people and attackers write: any character at all, halves of pairs too.
ANYTHING = st.text(st.characters(), max_size=60)


class _Here(etree.Resolver):
    """Finds the schemas that IODEF's refers to in this folder, and nothing in the network."""

    def resolve(self, url: str, _: str | None, context: Any) -> Any:  # noqa: ANN401 - lxml's
        return self.resolve_filename(str(IODEF / Path(url).name), context)


@functools.cache
def iodef_schema() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Here())
    return etree.XMLSchema(etree.parse(IODEF / "iodef-2.0.xsd", parser))


@functools.cache
def ocsf_schema() -> Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(VERSION)).get_class_schema("incident_finding", ["incident"])
    return Draft202012Validator(schema)


@functools.cache
def own_schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((REFERENCE / "incident.schema.json").read_text(encoding="utf-8")))


def valid_stix(bundle: bytes) -> dict[str, Any]:
    # Version 5 of the UUID is what the standard asks of identifiers that are made of names.
    options = ValidationOptions(strict=True, version="2.1", disabled=["uuid-check"])
    result = validate_string(bundle.decode(), options)
    assert result.is_valid, [str(one) for one in result.errors]
    told: dict[str, Any] = json.loads(bundle)
    return told


def check_all(case: CaseFile, marking: Marking = MARKING) -> None:
    """Write every format and let its own validator judge."""
    valid_stix(to_stix(case, marking))
    pymisp.MISPEvent().load(json.loads(to_misp(case, marking)))
    iodef_schema().assertValid(etree.fromstring(to_iodef(case, marking)))
    ocsf_schema().validate(json.loads(to_ocsf(case, marking)))
    own_schema().validate(json.loads(to_json(case, marking)))


@pytest.mark.parametrize("tlp", Tlp)
def test_every_format_is_valid_with_every_mark(tlp: Tlp) -> None:
    check_all(a_case(), Marking(tlp, AT, "somchai"))


@pytest.mark.parametrize("status", Status)
def test_every_format_is_valid_in_every_state(status: Status) -> None:
    check_all(a_case(status=status, closed_at=AT if status is Status.CLOSED else None))


def test_every_format_is_valid_of_a_report_without_an_alert() -> None:
    check_all(empty(a_case(alerts=0, addresses=0)))


def empty(case: CaseFile) -> CaseFile:
    """The same incident with nothing in any list."""
    bare = {one.name: () for one in fields(case) if isinstance(getattr(case, one.name), tuple)}
    return replace(case, **bare, classified=None, alert_count=0, rule_count=0, entity_count=0, log_count=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_formats_are_afraid_of_breaks_none(text: str) -> None:
    check_all(a_case(text))


@settings(max_examples=8)
@given(ANYTHING)
def test_whatever_is_written_breaks_no_format(text: str) -> None:
    check_all(a_case(text))


@settings(max_examples=30)
@given(st.one_of(ANYTHING, st.sampled_from(HOSTILE)))
def test_nothing_written_begins_a_formula_or_an_element(text: str) -> None:
    case = a_case(text)
    for table in (alerts_table, entities_table, timeline_table):
        rows = list(csv.reader(io.StringIO(table(case, MARKING).decode("utf-8-sig"), newline="")))
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    told = etree.fromstring(to_iodef(case, MARKING))
    usual = {one.tag for one in etree.fromstring(to_iodef(a_case(), MARKING)).iter()}
    assert {one.tag for one in told.iter()} <= usual


def test_nothing_is_cut_and_nothing_hides() -> None:
    long = "ก" * 10_000
    for write in ALL:
        assert long in write(a_case(long), MARKING).decode(), write
        told = write(a_case("a\u202eb\x00c"), MARKING).decode()
        assert "\u202e" not in told
        assert "\x00" not in told
        assert "u202eb" in told, write


def test_the_same_case_is_the_same_file() -> None:
    for write in ALL:
        assert write(a_case(), MARKING) == write(a_case(), MARKING), write


def test_stix_carries_marks_the_incident_extension_and_what_to_look_for() -> None:
    told = valid_stix(to_stix(a_case(), MARKING))
    by_type: dict[str, list[dict[str, Any]]] = {}
    for one in told["objects"]:
        by_type.setdefault(one["type"], []).append(one)
    mark = next(one for one in by_type["marking-definition"] if one["id"] == MARKS[Tlp.AMBER_STRICT])
    assert mark["extensions"][TLP_2]["tlp_2_0"] == "amber+strict"
    marked = [one for one in told["objects"] if one["type"] != "marking-definition"]
    assert all(MARKS[Tlp.AMBER_STRICT] in one["object_marking_refs"] for one in marked)
    (incident,) = by_type["incident"]
    assert incident["extensions"][INCIDENT_CORE]["investigation_status"] == "open"
    assert {one["value"] for one in by_type["ipv4-addr"]} == {"203.0.113.1", "203.0.113.2", "203.0.113.3", "10.1.2.3"}
    patterns = {one["pattern"] for one in by_type["indicator"]}
    assert "[ipv4-addr:value = '203.0.113.1']" in patterns
    assert not [one for one in patterns if "10.1.2.3" in one]
    assert len(by_type["sighting"]) == len(by_type["indicator"])
    techniques = {one["external_references"][0]["external_id"] for one in by_type["attack-pattern"]}
    assert techniques == {"T1110.004", "T1190"}


@pytest.mark.parametrize("disposition", [Disposition.FALSE_POSITIVE, Disposition.BENIGN, Disposition.DRILL])
def test_nobody_is_told_to_look_for_what_was_no_attack(disposition: Disposition) -> None:
    case = closed(a_case(), disposition)
    assert b'"indicator"' not in to_stix(case, MARKING)
    assert b'"to_ids": true' not in to_misp(case, MARKING)
    assert b'"to_ids": true' in to_misp(closed(a_case(), Disposition.TRUE_POSITIVE), MARKING)


def test_a_drill_says_so_in_every_format_and_gives_no_indicator() -> None:
    case = a_case(drill=True)
    for write in (to_stix, to_misp, to_iodef, to_ocsf):
        assert "drill" in write(case, MARKING).decode().lower(), write
    assert json.loads(to_json(case, MARKING))["drill"] is True
    assert b'"indicator"' not in to_stix(case, MARKING)


def test_a_tag_that_somebody_typed_is_no_mark() -> None:
    case = a_case("tlp:clear")
    tags = [one["name"] for one in json.loads(to_misp(case, MARKING))["Event"]["Tag"]]
    assert [one for one in tags if one.startswith("tlp:")] == ["tlp:amber+strict"]


def test_personal_data_is_masked_in_every_format_but_not_hashes_and_times() -> None:
    case = masked(a_case("โทร 081-234-5678 บัตร 1-1017-00230-70-8 mail somying@example.com"))
    assert case.masked
    for write in ALL:
        told = write(case, MARKING).decode()
        for secret in ("081-234-5678", "1-1017-00230-70-8", "somying@", "Somying", "02-123-4567"):
            assert secret not in told, (write, secret)
    assert case.evidence[0].sha256 == "ab" * 32
    assert case.log[-1].body["moment"] == a_case().log[-1].body["moment"]


def test_a_cut_list_says_how_long_it_is() -> None:
    case = replace(a_case(), alert_count=4_120)
    assert json.loads(to_json(case, MARKING))["alerts"]["total"] == 4_120
    assert "4117 of 4120 rows are not in this file" in alerts_table(case, MARKING).decode()
