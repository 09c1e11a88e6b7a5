"""Makes the Sarabun that documents are printed with: tone marks over a vowel as glyphs of their own.

PYTHONPATH=. python data/reference/fonts/place_marks.py FOLDER-OF-SARABUN data/reference/fonts    (needs fonttools and uharfbuzz)

Sarabun moves a tone mark over a vowel by anchors (GPOS). A writer of PDF must then put it by itself, and readers find
the cluster twice or with a blank in it. Here every vowel and mark that the anchors move has a glyph drawn at that place
instead, chosen by a contextual substitution (``calt``). So paper is the same, and the text of the PDF is what was
written. Nothing else of the font is changed; its licence (SIL OFL 1.1, no reserved name) allows it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uharfbuzz as hb
from fontTools.otlLib.builder import buildCoverage, buildSingleSubstSubtable
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import otTables as ot
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent

FACES = ("Regular", "Bold", "Italic", "BoldItalic")
VERSION = "; tone marks over vowels as glyphs (place_marks.py)"
VOWELS = "ัิีึื็ํ"
TONES = "่้๊๋์"
#: With a common and with a tall consonant: vowels have a form for each.
CONSONANTS = "กป"
CHAINED, SINGLE = 6, 1

Moves = dict[str, dict[str, tuple[int, int]]]


def moves(path: Path) -> Moves:
    """Give by how much, in units of the font, the anchors move a mark against the vowel before it."""
    font = hb.Font(hb.Face(hb.Blob.from_file_path(str(path))))
    found: Moves = {}
    for consonant in CONSONANTS:
        for vowel in VOWELS:
            for tone in TONES:
                buffer = hb.Buffer()
                buffer.add_str(consonant + vowel + tone)
                buffer.guess_segment_properties()
                hb.shape(font, buffer, {})
                shaped = list(zip(buffer.glyph_infos, buffer.glyph_positions, strict=True))
                if len(shaped) != 3:  # one glyph is both already
                    continue
                (under, its), (over, own) = shaped[1:]
                by = (own.x_offset - its.x_offset, own.y_offset - its.y_offset)
                if by != (0, 0):
                    names = [font.glyph_to_string(one.codepoint) for one in (under, over)]
                    found.setdefault(names[0], {})[names[1]] = by
    return found


def add_glyph(font: TTFont, name: str, of: str, by: tuple[int, int]) -> None:
    """Add a glyph that is another one, moved."""
    part = GlyphComponent()
    part.glyphName, (part.x, part.y), part.flags = of, by, 0x4
    made = Glyph()
    made.numberOfContours, made.components = -1, [part]
    font["glyf"][name] = made
    made.recalcBounds(font["glyf"])
    font["hmtx"][name] = (font["hmtx"][of][0], made.xMin)
    font["GDEF"].table.GlyphClassDef.classDefs[name] = 3


def add_substitutions(font: TTFont, made: dict[str, dict[str, str]]) -> None:
    """Add one contextual lookup, and one of single substitutions for each vowel."""
    table, reach = font["GSUB"].table, font.getReverseGlyphMap()
    lookups, chains = table.LookupList.Lookup, []
    for under, pairs in made.items():
        chain = ot.ChainContextSubst()
        chain.Format = 3
        chain.BacktrackCoverage = [buildCoverage([under], reach)]
        chain.InputCoverage = [buildCoverage(sorted(pairs), reach)]
        chain.LookAheadCoverage = []
        record = ot.SubstLookupRecord()
        record.SequenceIndex, record.LookupListIndex = 0, len(lookups)
        chain.SubstLookupRecord, chain.SubstCount = [record], 1
        chains.append(chain)
        lookups.append(lookup(SINGLE, [buildSingleSubstSubtable(pairs)]))
    lookups.append(lookup(CHAINED, chains))
    table.LookupList.LookupCount = len(lookups)
    add_feature(table, len(lookups) - 1)


def lookup(kind: int, subtables: list[Any]) -> Any:
    """Give a lookup."""
    one = ot.Lookup()
    one.LookupType, one.LookupFlag = kind, 0
    one.SubTable, one.SubTableCount = subtables, len(subtables)
    return one


def add_feature(table: Any, place: int) -> None:
    """Add ``calt`` to every script; features stand in the order of their tags."""
    records = table.FeatureList.FeatureRecord
    if any(one.FeatureTag == "calt" for one in records):
        raise SystemExit("the font has been made already")
    feature = ot.FeatureRecord()
    feature.FeatureTag, feature.Feature = "calt", ot.Feature()
    feature.Feature.FeatureParams, feature.Feature.LookupListIndex, feature.Feature.LookupCount = None, [place], 1
    at = sum(one.FeatureTag < "calt" for one in records)
    records.insert(at, feature)
    table.FeatureList.FeatureCount = len(records)
    for script in table.ScriptList.ScriptRecord:
        own = script.Script
        for language in (own.DefaultLangSys, *(one.LangSys for one in own.LangSysRecord)):
            kept = [one + (one >= at) for one in language.FeatureIndex]
            language.FeatureIndex = sorted([*kept, at])
            language.FeatureCount = len(language.FeatureIndex)


def make(source: Path, target: Path) -> None:
    """Make a face."""
    found, font = moves(source), TTFont(source, recalcTimestamp=False)
    made: dict[str, dict[str, str]] = {}
    for under, pairs in found.items():
        for over, by in pairs.items():
            name = f"{over}.{under.replace('.', '_')}"
            add_glyph(font, name, over, by)
            made.setdefault(under, {})[over] = name
    font.setGlyphOrder(font["glyf"].glyphOrder)
    add_substitutions(font, made)
    for record in font["name"].names:
        if record.nameID == 5:
            record.string = record.toUnicode() + VERSION
    if "DSIG" in font:
        del font["DSIG"]
    font.save(target)


if __name__ == "__main__":
    given, kept = map(Path, sys.argv[1:3])
    for face in FACES:
        make(given / f"Sarabun-{face}.ttf", kept / f"Sarabun-{face}.ttf")
