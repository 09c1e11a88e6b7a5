"""The legal reference data: complete, dated, marked where uncertain; faults have file and line; the document agrees."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from warroom.catalog.assessment import FILE as ASSESSMENT
from warroom.catalog.assessment import load_assessment
from warroom.catalog.legal import FILE, Clock, Limit, load_clocks, load_law
from warroom.errors import ContentError
from warroom.settings import ROOT

LAW = load_law()
SIXTEEN = [
    "PDPC_72H",
    "PDPC_15D",
    "SUBJECT_NOTICE",
    "PROCESSOR_72H",
    "NCSA_K1",
    "NCSA_K2_24H",
    "REGULATOR",
    "NCSA_UPDATE",
    "NCSA_CLOSE",
    "NCSA_K3_ANNUAL",
    "AUDIT_30D",
    "CONTACT_52",
    "REACH_60MIN",
    "LOG_90D",
    "LOG_USER_90D",
    "DSR_ACCESS_30D",
]


def test_the_sixteen_clocks_are_there_with_basis_source_and_day() -> None:
    assert list(load_clocks()) == SIXTEEN
    for one in load_clocks().values():
        assert one.basis_th
        assert one.basis_en
        assert one.source
        assert one.certain or one.uncertain_en, one.id
        assert one.effective_from or not one.certain, one.id
        assert bool(one.uncertain_th) == bool(one.uncertain_en), one.id


def test_targets_of_ours_are_marked_and_numbers_of_the_law_are_theirs() -> None:
    internal = {one.id: part.told for one in LAW.clocks for part in one.limits if part.kind == "internal"}
    assert internal == {"SUBJECT_NOTICE": "PT24H", "NCSA_K1": "PT1H", "NCSA_UPDATE": "PT24H", "NCSA_CLOSE": "P7D"}
    law = {one.id: [part.told for part in one.limits] for one in LAW.clocks if one.kind == "law"}
    assert law == {
        "PDPC_72H": ["PT72H"],
        "PDPC_15D": ["P15D"],
        "PROCESSOR_72H": ["PT72H"],
        "NCSA_K2_24H": ["PT24H"],
        "REGULATOR": [None],
        "NCSA_K3_ANNUAL": ["--01-31"],
        "AUDIT_30D": ["P30D"],
        "CONTACT_52": ["P30D", "-P7D"],
        "REACH_60MIN": ["PT60M"],
        "LOG_90D": ["P90D"],
        "LOG_USER_90D": ["P90D"],
        "DSR_ACCESS_30D": ["P30D"],
    }


def test_a_plea_to_be_excused_is_called_no_extension() -> None:
    plea = load_clocks()["PDPC_15D"]
    for text in (plea.en, plea.condition_en, plea.th, plea.condition_th):
        assert "exten" not in text.lower()
        assert "ขยาย" not in text
    assert plea.shown_after == "PDPC_72H"


def test_every_clock_can_start_and_every_duty_is_of_an_incident() -> None:
    for one in LAW.clocks:
        assert all(LAW.moments.keys() >= set(part.starts) for part in one.limits)
    standing = {one.id for one in LAW.clocks if one.track == "standing"}
    assert {one.clock for one in LAW.duties} == set(SIXTEEN) - standing


def test_the_law_of_a_day_is_the_law_of_that_day() -> None:
    assert "NCSA_K2_24H" not in LAW.on(date(2023, 5, 9))
    assert "NCSA_K2_24H" in LAW.on(date(2023, 5, 10))
    assert list(LAW.on(date(2026, 11, 22))) == SIXTEEN


def test_a_law_that_changes_has_two_versions(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    start = text.index("  - id: PDPC_15D")
    clock = text[start : text.index("  - id: SUBJECT_NOTICE")]
    later = clock.replace("P15D, kind", "P10D, kind").replace("2022-12-15", "2027-01-01")
    file = tmp_path / "law.yaml"
    file.write_text(text[:start] + clock + later + text[start + len(clock) :], encoding="utf-8")
    with pytest.raises(ContentError, match="two versions of `PDPC_15D` are in force"):
        load_law(file)
    ended = clock.rstrip() + "\n    effective_to: 2026-12-31\n"
    file = tmp_path / "ended.yaml"
    file.write_text(text[:start] + ended + later + text[start + len(clock) :], encoding="utf-8")
    assert load_clocks(file, on=date(2026, 12, 31))["PDPC_15D"].limit == "P15D"
    assert load_clocks(file, on=date(2027, 1, 1))["PDPC_15D"].limit == "P10D"
    assert load_clocks(file)["PDPC_15D"].limit == "P10D"


def test_a_regulators_time_is_read_and_found_by_either_name(tmp_path: Path) -> None:
    told = '  - {name_th: "ธปท.", name_en: "BOT", limit: PT6H, basis_th: "ก", basis_en: "b", source: own}\n'
    file = tmp_path / "law.yaml"
    text = FILE.read_text(encoding="utf-8")
    file.write_text(text.replace("regulators: []", f"regulators:\n{told}"), encoding="utf-8")
    law = load_law(file)
    found = law.regulator(" bot ")
    assert found is not None
    assert found == law.regulator("ธปท.")
    assert found.limit == "PT6H"
    assert law.regulator("somebody") is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("limit: PT72H", "limit: 72h", "is an ISO 8601 duration"),
        ("limit: P15D, kind: law", "limit: P15D, kind: lawful", "`kind` is one of law, internal, not `lawful`"),
        ("limit: P15D, kind", "limit: P15D, calendar: '01-31', kind", "a limit has one of"),
        ("starts: [aware_at]", "starts: [awake_at]", "there is no `awake_at`, did you mean `aware_at`"),
        ("stopped_by: [PDPC_72H, PDPC_15D]", "stopped_by: [PDPC_27H]", "there is no clock `PDPC_27H`, did you mean"),
        ("shown_after: PDPC_72H", "shown_aftr: PDPC_72H", "unknown key `shown_aftr`, did you mean `shown_after`"),
        ('wording: "โดยเร็ว', 'wordin: "โดยเร็ว', "unknown key `wordin`"),
        ("effective_from: 2022-12-15", "effective_from: soon", "`effective_from` is a day"),
        ("    certain: true\n", "    certain: perhaps\n", "`certain` is true or false"),
        ('calendar: "01-31"', 'calendar: "31-01"', "`calendar` is month-day"),
        ("{clock: PDPC_72H,", "{clock: PDPC_27H,", "`clock` is one of"),
        ("ruling: applies, th", "ruling: perhaps, th", "`ruling` is one of"),
        ("set_by: dpo", "set_by: dog", "`set_by` is one of"),
        ("kinds:\n", "kind_s:\n", "unknown key `kind_s`, did you mean `kinds`"),
        ("regulators: []", "regulators: none", "expected a list under `regulators`"),
        ("moments:\n", "moments:\n  - 7\n", "no mapping"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    _faulty(FILE, tmp_path, old, new)
    with pytest.raises(ContentError, match=r"faulty\.yaml:\d+: ") as problem:
        load_law(tmp_path / "faulty.yaml")
    assert told in str(problem.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("high_from: 14", "high_from: many", "`high_from` is a number"),
        ("code: f1, th:", "code: f1, ht:", "unknown key `ht`"),
        ("subjects: 100000", "subjects: many", "`subjects` is a number"),
        ('factor: "0.25"', 'factor: "a quarter"', "not one of `enisa.identification`"),
        ("asks: [public_order]", "asks: [public_ordr]", "there is no flag public_ordr"),
        ("level: crisis_b", "level: crisis_c", "there is no level crisis_c"),
        ("grounds:\n", "ground:\n", "expected a list under `grounds`"),
        ("basic: 1\n", "basic: one\n", "not one of `enisa.contexts`"),
    ],
)
def test_a_fault_of_the_assessment_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    _faulty(ASSESSMENT, tmp_path, old, new)
    with pytest.raises(ContentError, match=r"faulty\.yaml:\d+: ") as problem:
        load_assessment(tmp_path / "faulty.yaml")
    assert told in str(problem.value)


def test_the_document_has_every_clock_as_it_is() -> None:
    document = (ROOT / "docs" / "legal-clocks.md").read_text(encoding="utf-8")
    for one in load_clocks().values():
        for part in one.limits:
            assert document_row(one, part) in document, one.id
        assert not one.uncertain_en or f"- `{one.id}`: {one.uncertain_en}" in document, one.id
    assert document.count("\n| `") == sum(len(one.limits) for one in load_clocks().values())
    assert "not legal advice" in document.lower()


def document_row(one: Clock, part: Limit) -> str:
    """The row of a limit in the document's table."""
    limit = f"by {part.calendar} of the next year" if part.calendar else part.duration or "set by the regulator"
    more = {
        "while it spreads": part.spreading,
        "by order up to": part.by_order_up_to,
        "may be extended by, not counted:": part.extendable_by,
    }
    limit += "".join(f"; {what} {told}" for what, told in more.items() if told)
    counts = " or ".join(f"`{name}`" for name in part.starts)
    counts += (", the latest" if part.latest else ", the earliest known") if len(part.starts) > 1 else ""
    kind = "law" if part.kind == "law" else "**internal target**"
    since = one.effective_from.isoformat() if one.effective_from else "not known"
    cells = (f"`{one.id}`", one.en, counts, limit, kind, one.basis_en, one.source, since)
    return f"| {' | '.join(cells)} |"


def _faulty(file: Path, folder: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    (folder / "faulty.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
