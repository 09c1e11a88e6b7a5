"""CPU of one liaison pack: an incident of a thousand alerts to every exchange format, with manifest, in one ZIP.

    PYTHONPATH=.:tests python benchmarks/pack.py

The target is at most 3 CPU-seconds for the first pack of a process, reference data and libraries included.
"""

from __future__ import annotations

import time


def main() -> None:
    """Print the CPU of the first pack and of the second one, and what each part costs."""
    began = time.process_time()
    from casefiles import AT, a_case  # noqa: PLC0415 - what is imported is measured, too

    from warroom.report.comparing import snapshot  # noqa: PLC0415
    from warroom.report.formats import FORMATS, WRITERS, files_of  # noqa: PLC0415
    from warroom.report.marking import Marking, Tlp  # noqa: PLC0415
    from warroom.report.packing import Member, pack  # noqa: PLC0415
    from warroom.store.views.case_masking import masked  # noqa: PLC0415
    from warroom.store.views.casefile import ALERT_LIMIT, ENTITY_LIMIT  # noqa: PLC0415

    case = a_case("โทร 081-234-5678 ' OR 1=1 -- ตรวจสอบแล้ว", alerts=ALERT_LIMIT, addresses=ENTITY_LIMIT)
    marking = Marking(Tlp.AMBER_STRICT, AT, "somchai", "NCSA")
    for turn in ("first pack, with imports", "second pack"):
        shown = masked(case)
        members = [Member(name, data, "", masked=True) for name, data in files_of(shown, marking, FORMATS).items()]
        snapshot(case)
        data = pack(shown, marking, members, (), None)
        print(f"{turn:28} {time.process_time() - began:6.2f} CPU-s, {len(data):,} bytes")
        began = time.process_time()
    for name in WRITERS:
        began = time.process_time()
        files_of(case, marking, (name,))
        print(f"  {name:26} {time.process_time() - began:6.2f} CPU-s")


if __name__ == "__main__":
    main()
