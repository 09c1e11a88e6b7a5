"""What an incident has as files already: printed documents and playbooks; which may leave, and under which mark.

A document says, unmasked, what people approved: it leaves once it was approved, and never under a wider mark than its
own.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from warroom.catalog.cacao import to_cacao
from warroom.catalog.playbooks import kept_playbook
from warroom.errors import ContentError, UsageError
from warroom.report.marking import Marking, Tlp
from warroom.report.packing import LeftOut, Member
from warroom.store import evidence_files

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.store.views.case_rows import VersionRow
    from warroom.store.views.casefile import CaseFile

_PRINTED: Final = ("pdf", "docx")
_PLAIN: Final = re.compile(r"[^a-z0-9]+")


def kept_files(
    data_dir: Path, case: CaseFile, marking: Marking, formats: tuple[str, ...]
) -> tuple[list[Member], list[LeftOut]]:
    """Give the newest version of each document in the formats wanted, and what may not leave."""
    members, left_out = _playbooks(case, marking) if "cacao" in formats else ([], [])
    for document in case.documents:
        for kind in _PRINTED:
            if kind not in formats:
                continue
            name = f"{_plain(document.form)}-{document.document_id}-v{document.number}.{kind}"
            sha256 = document.pdf_sha256 if kind == "pdf" else document.docx_sha256
            why = _why_not(document, marking)
            data = None if why or not sha256 else evidence_files.load(data_dir, sha256)
            if data is None:
                left_out.append(LeftOut(name, why or "its printed file is not there or is not what was printed"))
            else:
                members.append(Member(name, data, _mark(document).label, masked=False))
    return members, left_out


def _playbooks(case: CaseFile, marking: Marking) -> tuple[list[Member], list[LeftOut]]:
    """Give the playbooks that the incident follows, as they were when it began to; they name roles and no persons."""
    members: list[Member] = []
    left_out: list[LeftOut] = []
    for run in case.runs:
        name = f"playbook-{run.id}-{_plain(run.playbook)}.cacao.json"
        try:
            told = to_cacao(kept_playbook(run.body, run.sha256))
        except ContentError as problem:
            left_out.append(LeftOut(name, str(problem)))
        else:
            data = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
            members.append(Member(name, data, marking.tlp.label, masked=True))
    return members, left_out


def _why_not(document: VersionRow, marking: Marking) -> str:
    if not document.approved_by:
        return "it is a draft: a document leaves once it was approved"
    if _mark(document).rank > marking.tlp.rank:
        return f"it is marked {_mark(document).label}, which is stricter than this pack"
    return ""


def _mark(document: VersionRow) -> Tlp:
    """Give a document's mark; one that cannot be read counts as the strictest."""
    try:
        return Tlp.of(document.tlp)
    except UsageError:
        return Tlp.RED


def _plain(name: str) -> str:
    return _PLAIN.sub("-", name.lower()).strip("-")[:60] or "document"
