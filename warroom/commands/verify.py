"""`./run verify`: proves the audit chain, the incidents and the stored logs unchanged, or names what is broken."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.commands.output import print_json, printable
from warroom.errors import NotFoundError

if TYPE_CHECKING:
    from warroom.settings import Settings
    from warroom.store.signing import Trusted
    from warroom.store.verify import Report

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
#: Findings shown; all of them are in the JSON document.
_SHOWN = 100


@app.command()
def verify(
    public_keys: Annotated[
        list[Path] | None,
        typer.Option("--public-key", help="Trust this key (PEM) and not the one on this machine; repeatable."),
    ] = None,
    heads: Annotated[
        Path | None, typer.Option("--heads", help="Compare with the signed heads that a syslog server collected.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check every chain, row, segment and signature; exit 1 where something is not what it was."""
    from warroom.commands.progress import Progress, amount
    from warroom.settings import Settings
    from warroom.store.database import State
    from warroom.store.verify import Evidence
    from warroom.store.verify import verify as check

    settings = Settings()
    copy = heads or settings.audit_heads
    notes: list[str] = []
    if copy is not None and not copy.exists():
        if heads:
            raise NotFoundError(f"{heads}: there is no such file")
        notes.append(f"tail unprotected: {copy} is not there, though WARROOM_AUDIT_HEADS names it")
        copy = None
    trusted = _trusted(settings, public_keys or [], notes)
    line = Progress(sys.stderr, 0)

    def tell(what: str, done: int, total: int) -> None:
        if what == "segment files":
            line.say(f"{what}: {amount(done)} of {amount(total)}, {100 * done // max(total, 1)} %")
        else:
            line.say(f"{what}: {done:,}" if done else what)

    with State(settings.db_url) as state:
        report = check(Evidence(state, settings.data_dir, trusted, copy, copy_complete=heads is None), tell)
    line.clear()
    report.notes += notes
    if as_json:
        print_json(
            {
                "sound": not report.count,
                "broken": report.count,
                "findings": [asdict(one) for one in report.findings],
                "not_proven": report.notes,
                "checked": report.checked,
                "keys": trusted.names,
            }
        )
    else:
        _show(report)
    raise typer.Exit(1 if report.count else 0)


def _trusted(settings: Settings, given: list[Path], notes: list[str]) -> Trusted:
    """The keys given; else the one on this machine; else the one beside the proofs, which proves little."""
    from warroom.store.days import FOLDER
    from warroom.store.signing import Signer, Trusted

    if given:
        return Trusted.read(given)
    if os.access(settings.signing_key_file, os.R_OK):  # the worker's alone, where it is another user
        if settings.signing_key_file.is_relative_to(settings.data_dir):
            notes.append(
                "the signing key is in the state folder: who can write there can sign. "
                "Set WARROOM_SIGNING_KEY to a file elsewhere that only the worker may read"
            )
        return Trusted.of(Signer.open(settings.signing_key_file))
    notes.append("the public key is the one in the state folder: give another copy with --public-key")
    return Trusted.read(sorted((settings.data_dir / FOLDER).glob("*.pem")))


def _show(report: Report) -> None:
    for one in report.findings[:_SHOWN]:
        sys.stdout.write(f"{one.kind}  {printable(one.place)}: {printable(one.text)}\n")
    if report.count > _SHOWN:
        sys.stdout.write(f"… and {report.count - _SHOWN} more: --json has them\n")
    for note in report.notes:
        sys.stdout.write(f"note: {printable(note)}\n")
    checked = ", ".join(f"{number:,} {what}" for what, number in report.checked.items())
    outcome = f"BROKEN in {report.count:,} places" if report.count else "unchanged"
    sys.stdout.write(f"{outcome}: {checked or 'nothing to check yet'}\n")
