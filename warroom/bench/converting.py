"""Turns detectors into queries of other systems, through the backends of sigma-cli (pySigma)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.plugins import InstalledSigmaPlugins
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import ValueListPlaceholderTransformation

from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sigma.conversion.base import Backend

    from warroom.catalog import Document
    from warroom.detect.content import Detector

#: What to install for a target, https://github.com/SigmaHQ/pySigma-plugin-directory
PACKAGES: Final = {
    "carbon_black": "pysigma-backend-carbonblack",
    "cortex_xdr": "pysigma-backend-cortexxdr",
    "elastalert": "pysigma-backend-elasticsearch",
    "elasticsearch": "pysigma-backend-elasticsearch",
    "eql": "pysigma-backend-elasticsearch",
    "esql": "pysigma-backend-elasticsearch",
    "insight_idr": "pysigma-backend-insightidr",
    "kusto": "pysigma-backend-kusto",
    "log_scale": "pysigma-backend-crowdstrike",
    "loki": "pysigma-backend-loki",
    "lucene": "pysigma-backend-elasticsearch",
    "net_witness": "pysigma-backend-netwitness",
    "opensearch": "pysigma-backend-opensearch",
    "opensearch_lucene": "pysigma-backend-opensearch",
    "opensearch_ppl": "pysigma-backend-opensearch",
    "qradar": "pysigma-backend-qradar-aql",
    "sentinel_one": "pysigma-backend-sentinelone",
    "splunk": "pysigma-backend-splunk",
    "sqlite": "pysigma-backend-sqlite",
}
#: What agencies call a backend, and what it calls itself.
_ALSO: Final = {"elasticsearch": "lucene", "opensearch": "opensearch_lucene"}
_LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Converted:
    """A detector's queries, or why it has none."""

    detector: Detector
    queries: tuple[str, ...]
    refused: str = ""


@functools.cache
def installed() -> Mapping[str, type[Backend]]:
    """Give the backends that are installed, by name."""
    # pySigma says that these are backends; they are classes of them
    return cast("Mapping[str, type[Backend]]", InstalledSigmaPlugins.autodiscover().backends)


class Converter:
    """Converts detectors for one target.

    Args:
        target: the name of a backend.
        pipelines: names of installed pipelines, or files, that say what fields are called there.
        output_format: one of the backend's.
        values: what placeholders stand for.

    ``unmapped`` says that fields go by the names of the rules, where a backend expects a pipeline that renames them.

    Raises:
        UsageError: target, format or pipeline is not there; says what to install or to choose.
    """

    def __init__(
        self, target: str, pipelines: Sequence[str], output_format: str, values: Mapping[str, tuple[str, ...]]
    ) -> None:
        known = installed()
        name = target if target in known else _ALSO.get(target, target)
        if name not in known:
            raise UsageError(_missing(target, known))
        formats = known[name].formats
        if output_format not in formats:
            told = ", ".join(f"{key} ({said})" for key, said in formats.items())
            raise UsageError(f"{target} has no format {output_format!r}: use one of {told}")
        try:
            pipeline = InstalledSigmaPlugins.autodiscover().get_pipeline_resolver().resolve(list(pipelines), name)
        except (SigmaError, OSError, ValueError) as problem:
            raise UsageError(f"a pipeline cannot be used: {problem}") from problem
        self.unmapped = known[name].requires_pipeline and not pipelines
        self._backend = known[name]
        self._format = output_format
        self._pipeline = _placeholders(values) + pipeline

    def convert(self, detector: Detector, filters: Iterable[Document]) -> Converted:
        """Convert a detector, with the filters that are to be applied where they name its rules."""
        if reason := _only_here(detector):
            return Converted(detector, (), reason)
        documents = [document.data for document in detector.documents]
        names = {str(data.get(key)) for data in documents for key in ("id", "name") if data.get(key)}
        told = [one.data for one in filters if names & set(_named(one.data))]
        try:
            collection = SigmaCollection.from_dicts([*documents, *told])
            correlations = any(isinstance(rule, SigmaCorrelationRule) for rule in collection.rules)
            backend = self._backend(self._pipeline)
            if correlations and not backend.correlation_methods:
                return Converted(detector, (), "it counts over time, and this target has no correlations")
            queries = backend.convert(collection, self._format)
        except (SigmaError, NotImplementedError, ValueError, TypeError, KeyError, AttributeError) as problem:
            # what backends do not expect ends in any of these: one rule must not keep the others from conversion
            return Converted(detector, (), f"the target cannot say it: {problem}"[:_LONGEST_REASON])
        return Converted(detector, tuple(_text(query) for query in _listed(queries)))


def _missing(target: str, known: Mapping[str, object]) -> str:
    there = f"installed are {', '.join(sorted(known))}" if known else "no backend is installed"
    package = PACKAGES.get(target)
    if package is None:
        return f"there is no target {target!r}: {there}; known besides are {', '.join(sorted(PACKAGES))}"
    return f"{target} needs a backend of sigma-cli ({there}): .venv/bin/python -m pip install {package}, then again"


def _only_here(detector: Detector) -> str:
    """Say what of a detector only the war room's engine knows; empty where it is plain Sigma."""
    if "baseline" in detector.custom:
        return "it compares with what is usual for each group, which only the war room has learnt"
    correlation = detector.alerting.data.get("correlation")
    if isinstance(correlation, dict) and correlation.get("type") == "value_percentile":
        condition = correlation.get("condition")
        if isinstance(condition, dict) and "percentile" not in condition:
            return "it asks for the share of a value, which only the war room's engine counts"
    return ""


def _named(data: Mapping[str, Any]) -> list[str]:
    told = data.get("filter")
    rules = told.get("rules") if isinstance(told, dict) else None
    return [str(rule) for rule in rules] if isinstance(rules, list) else [str(rules)]


def _placeholders(values: Mapping[str, tuple[str, ...]]) -> ProcessingPipeline:
    """Give what puts our values in the place of placeholders."""
    return ProcessingPipeline(
        items=[ProcessingItem(ValueListPlaceholderTransformation(include=list(values)))] if values else [],
        vars={name: list(found) for name, found in values.items()},
    )


def _listed(queries: object) -> list[object]:
    return list(queries) if isinstance(queries, list | tuple) else [queries]


def _text(query: object) -> str:
    return query.decode("utf-8", "replace") if isinstance(query, bytes) else str(query)
