"""Runs the samples of many detectors side by side, and writes what came of them as JUnit's XML."""

from __future__ import annotations

import functools
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, ElementTree, SubElement

from warroom.detect import load_rules
from warroom.detect.samples import outcomes, read_samples, rules_under_test, samples_of
from warroom.errors import ContentError, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from warroom.detect import RuleSet

#: A process takes as long to start as these many detectors to test.
_FILES_A_PROCESS: Final = 16
#: Characters that XML 1.0 does not have, but a line of a log may.
_NO_XML: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "�")


@dataclass(frozen=True, slots=True)
class Tried:
    """One case: the line of its samples file, what it is about, what is wrong (empty: it holds), CPU seconds."""

    why: str
    expected: bool
    at: int
    failure: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One detector's samples: its cases, and what kept them from being run."""

    file: Path
    cases: tuple[Tried, ...]
    faults: tuple[Fault, ...]
    seconds: float

    @property
    def failures(self) -> list[Fault]:
        """Everything that is wrong, with file and line."""
        samples = str(samples_of(self.file))
        return [*self.faults, *(Fault(samples, case.at, case.failure) for case in self.cases if case.failure)]


def try_all(
    files: Sequence[Path], folder: Path, progress: Callable[[int, int], None] | None = None, processes: int = 0
) -> list[Trial]:
    """Run the samples of detectors, in the order of the files.

    Args:
        files: rules and filters.
        folder: the detectors' folder: where the rules are that filters name.
        progress: told how many are done, of how many.
        processes: so many at once; 0 is as many as there are cores, and no more than the files are worth.
    """
    count = processes or min(_cores(), len(files) // _FILES_A_PROCESS)
    found: list[Trial] = []
    for trial in _side_by_side(files, folder, count) if count > 1 else map(_Bench(folder).trial, files):
        found.append(trial)
        if progress:
            progress(len(found), len(files))
    return found


def junit(trials: Sequence[Trial], file: Path) -> None:
    """Write trials as JUnit's XML: a suite a detector, a case a sample.

    Raises:
        OSError: the file cannot be written.
    """
    suites = Element("testsuites", name="detectors")
    for trial in trials:
        suite = SubElement(
            suites,
            "testsuite",
            name=_legible(trial.file.stem),
            tests=str(len(trial.cases)),
            failures=str(sum(bool(case.failure) for case in trial.cases)),
            errors=str(len(trial.faults)),
            time=f"{trial.seconds:.3f}",
        )
        for case in trial.cases:
            side = "must match" if case.expected else "must not match"
            tried = SubElement(
                suite,
                "testcase",
                classname=_legible(trial.file.stem),
                name=_legible(f"{side}: {case.why}"),
                file=_legible(samples_of(trial.file).as_posix()),
                line=str(case.at),
                time=f"{case.seconds:.3f}",
            )
            if case.failure:
                SubElement(tried, "failure", message=_legible(case.failure))
        for fault in trial.faults:
            tried = SubElement(suite, "testcase", classname=_legible(trial.file.stem), name="can be read", time="0")
            SubElement(tried, "error", message=_legible(str(fault)))
    ElementTree(suites).write(file, encoding="utf-8", xml_declaration=True)


class _Bench:
    """Tries one detector after the other; all rules there are, which filters need, are loaded once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @functools.cached_property
    def _whole(self) -> RuleSet:
        return load_rules([self._folder])

    def trial(self, file: Path) -> Trial:
        """Run a detector's samples."""
        begun = time.process_time()
        ruleset = rules_under_test(file, self._folder, lambda: self._whole)
        faults = list(ruleset.refused)
        cases: list[Tried] = []
        try:
            samples = read_samples(samples_of(file))
        except ContentError as problem:
            faults.append(problem.fault)
        else:
            for outcome in outcomes(samples, ruleset):
                case = outcome.case
                cases.append(Tried(case.why, case.expected, case.at, outcome.failure, outcome.seconds))
        return Trial(file, tuple(cases), tuple(faults), time.process_time() - begun)


def _side_by_side(files: Sequence[Path], folder: Path, count: int) -> Iterator[Trial]:
    # Spawned, not forked: the libraries below have threads.
    with ProcessPoolExecutor(count, get_context("spawn"), initializer=_begin, initargs=(folder,)) as pool:
        yield from pool.map(_trial, files)


def _begin(folder: Path) -> None:
    """Make ready a process that tries detectors."""
    global _bench  # noqa: PLW0603  a process of the pool has nothing else to keep it in
    _bench = _Bench(folder)


def _trial(file: Path) -> Trial:
    return _bench.trial(file)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _legible(text: str) -> str:
    return text.translate(_NO_XML)


_bench: _Bench
