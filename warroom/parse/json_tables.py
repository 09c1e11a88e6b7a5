"""The tables that the tokeniser of JSON Lines works with: what stands where in them, and why its parts come back."""

from __future__ import annotations

from typing import Final

import numpy as np

#: Rows read at a time: what is noted of their values stays in the cache. A multiple of 32.
TILE: Final = 512

#: Why a part came back: all is done, a key is not known, or a table is full.
DONE, NEW_KEY, CELLS_FULL, ELEMENTS_FULL, VALUES_FULL, LINES_FULL = range(6)
#: Places in ``counts``: values, those of them that are looked up (and one), list elements, objects begun, the row to
#: go on with; where a key stands that is not known yet: the path it is in, its first byte and its end; the cells of
#: this tile, the one to go on with, and the lines of the grid.
VALUES, KNOWN, ELEMENTS, OBJECTS, ROW, PARENT, KEY_BEGIN, KEY_END, CELLS, CELL, LINES = range(11)
COUNTS: Final = 16
#: Columns of ``keys``: the path around it, the key's first byte and length, slot (-1: not wanted), object
#: met in last.
AROUND, BEGIN, LENGTH, SLOT, OBJECT_MET = range(5)
KEY_COLUMNS: Final = 8
#: Columns of ``slots``: the last row that has it; values that count as distinct, how many were looked up, its line in
#: the grid (-1: none yet); and of lists: whether there are any, the last element, the outermost array it is in.
LAST_ROW, DISTINCT, LOOKED_UP, GRID_LINE, LISTS, LAST_ELEMENT, ROOT = range(7)
SLOT_COLUMNS: Final = 8
#: Columns of ``cells``: a value's first byte and length, its slot, and the row of the tile that it belongs to or, for
#: the element n of a list, -1 - n. Where a list begins: its first element, -1, the slot, the row.
CELL_BEGIN, CELL_LENGTH, CELL_SLOT, CELL_PLACE = range(4)
CELL_COLUMNS: Final = 4
#: Columns of ``values``: first byte, length, slot, number among the slot's.
VALUE_COLUMNS: Final = 4
#: Columns of ``known``: 128 bits of hash of slot and text, number among the slot's.
HASH, OTHER_HALF, CODE = range(3)
KNOWN_COLUMNS: Final = 4
#: Secret words that the hashes depend on.
SEEDS: Final = 9

NEW_SLOT: Final = np.zeros(SLOT_COLUMNS, np.int64)
NEW_SLOT[[LAST_ROW, GRID_LINE]] = -1
