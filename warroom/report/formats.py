"""The exchange formats by name, and which files each makes of a case file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from warroom.report.case_json import to_json
from warroom.report.iodef import to_iodef
from warroom.report.misp import to_misp
from warroom.report.ocsf import to_ocsf
from warroom.report.tables import alerts_table, entities_table, timeline_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.report.marking import Marking
    from warroom.store.views.casefile import CaseFile

    Writer: TypeAlias = Callable[[CaseFile, Marking], bytes]


def _to_stix(case: CaseFile, marking: Marking) -> bytes:
    from warroom.report.stix import to_stix  # noqa: PLC0415  its library takes half a second, which no page waits for

    return to_stix(case, marking)


#: Format → its files and what writes each.
WRITERS: Final[Mapping[str, Mapping[str, Writer]]] = {
    "json": {"incident.json": to_json},
    "csv": {"alerts.csv": alerts_table, "entities.csv": entities_table, "timeline.csv": timeline_table},
    "stix": {"incident.stix.json": _to_stix},
    "misp": {"incident.misp.json": to_misp},
    "iodef": {"incident.iodef.xml": to_iodef},
    "ocsf": {"incident.ocsf.json": to_ocsf},
}
#: Formats of the documents and playbooks that an incident has.
KEPT: Final = ("cacao", "pdf", "docx")
FORMATS: Final = (*WRITERS, *KEPT)


def files_of(case: CaseFile, marking: Marking, formats: tuple[str, ...]) -> dict[str, bytes]:
    """Write the exchange files of some formats; those of ``KEPT`` are not made of a case file."""
    return {
        name: write(case, marking)
        for one, writers in WRITERS.items()
        if one in formats
        for name, write in writers.items()
    }
