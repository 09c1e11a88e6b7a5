"""Charts: the same bytes for the same figures, texts that stay texts, axes of whole numbers."""

from __future__ import annotations

import pytest
from lxml import etree

from warroom.model import Severity
from warroom.report import charts

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {one.value: one.value.title() for one in Severity}


def drawn(svg: str, name: str) -> list[etree._Element]:
    parser = etree.XMLParser(resolve_entities=False)
    return list(etree.fromstring(svg.encode(), parser).iter(f"{SVG}{name}"))


def test_columns_are_as_high_as_their_figures() -> None:
    series = charts.severity_series([{"critical": 2, "low": 1}, {}, {"critical": 4}], NAMES)
    assert [one.label for one in series] == ["Critical", "Low"]
    svg = charts.columns(series, ["1", "2", "3"])
    assert svg == charts.columns(series, ["1", "2", "3"])
    boxes = [one for one in drawn(svg, "rect") if one.get("fill") == charts.SHADES[Severity.CRITICAL]][1:]
    heights = [float(one.get("height")) for one in boxes]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.02)
    assert charts.png(svg).startswith(b"\x89PNG")


def test_a_label_is_text_whatever_it_says_and_a_long_one_ends_visibly() -> None:
    hostile = '</text><script>alert(1)</script>"&\u202e'
    svg = charts.bars([(hostile, charts.PLAIN, 3), ("ที่" * 200, charts.PLAIN, 0)])
    assert not drawn(svg, "script")
    told = [one.text.replace("\u200b", "") for one in drawn(svg, "text")]
    assert told[0] == '</text><script>alert(1)</script>"&\\u202e'
    assert told[2].endswith("…")
    assert charts.png(svg).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("most", "top", "step"), [(0, 1, 1), (1, 1, 1), (4, 4, 1), (5, 6, 2), (17, 20, 5), (999, 1000, 500)]
)
def test_axes_end_at_whole_steps(most: int, top: int, step: int) -> None:
    svg = charts.columns([charts.Series("a", charts.PLAIN, (most,))], ["1"])
    numbers = [int(one.text.replace(",", "")) for one in drawn(svg, "text") if one.get("text-anchor") == "end"]
    assert numbers == list(range(0, top + 1, step))
