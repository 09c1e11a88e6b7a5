"""A kernel does what its function says: compiled, kept and linked again without the compiler, or made anew."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from warroom.machine.arguments import Words, forget
from warroom.machine.compiler import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = """
import json, sys
from typing import NamedTuple
import numpy as np
from warroom.machine.kernels import inline, kernel
from warroom.machine.words import load

class Pair(NamedTuple):
    ones: object
    twos: object
    flag: bool

@inline
def doubled(number):
    return number * 2

@kernel
def total(array):
    found = 0
    for place in range(len(array)):
        found += array[place]
    return found

@kernel
def everything(pair, grid, number, wide, yes):
    found = total(pair.ones) + doubled(number) + np.int64(wide)
    for row in range(grid.shape[0]):
        for column in range(grid.shape[1]):
            found += grid[row, column] * (row + 10 * column)
    if pair.flag and not yes:
        found = -found
    return found // 3

@kernel
def filled(target, number):
    for place in range(len(target)):
        target[place] = number

@kernel
def high(words):
    return words[0] | np.uint64(1 << 63)

@kernel
def first(data):
    return load(data, 0)

@kernel
def any_of(bits):
    for bit in bits:
        if bit:
            return True
    return False

@kernel
def divided(number, by):
    return number // by

ones, grid = np.arange(7, dtype=np.int32), np.arange(12, dtype=np.int64).reshape(3, 4)
fixed = grid.copy()
fixed.flags.writeable = False
pair = Pair(ones, np.zeros(0), True)
calls = [
    (everything, (pair, grid, -5, np.uint64(9), False)), (everything, (pair, grid.T, 5, np.uint64(9), True)),
    (everything, (pair, fixed, 5, np.uint64(9), False)), (everything, (pair, grid[:, ::-2], 5, np.uint64(9), False)),
    (everything, (pair._replace(ones=ones[1::3]), grid[:0], 5, np.uint64(9), False)), (total, (ones[::-1],)),
    (high, (np.array([5], np.uint64),)), (any_of, (np.array([False, True]),)), (any_of, (np.zeros(3, bool),)),
]
for function, given in calls:
    print(json.dumps([int(function(*given)), int(function.py_func(*given))]))
target = np.zeros(3, np.int16)
assert filled(target, -7) is None
print(json.dumps([target.tolist(), [-7, -7, -7]]))
print(json.dumps([first(np.arange(1, 9, dtype=np.uint8)), 0x0807060504030201]))
assert any_of(np.array([True])) is True
try:
    divided(1, 0)
except RuntimeError:
    print(json.dumps([1, 1]))
print(json.dumps("numba" in sys.modules))
"""


def run(folder: Path) -> bool:
    """Run the script with its code kept in a folder; say whether the compiler was loaded."""
    (folder / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(folder / "script.py")],
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder / "code"), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    *answers, compiled = map(json.loads, done.stdout.splitlines())
    assert len(answers) == 12
    assert [ours for ours, _ in answers] == [plain for _, plain in answers]
    return bool(compiled)


@pytest.mark.slow
def test_compiled_kept_and_broken_code_gives_what_the_functions_say(tmp_path: Path) -> None:
    assert run(tmp_path)
    assert not run(tmp_path)
    files = sorted(file for file in tmp_path.glob("code/*/*") if "everything" in file.name)
    assert len(files) >= 4
    cut, other, junk, gone = files[:4]
    cut.write_bytes(cut.read_bytes()[:-9])
    changed = bytearray(other.read_bytes())
    changed[-200] ^= 1
    other.write_bytes(changed)
    whole = junk.read_bytes().split(b"\n", 1)[0].split(b" ")
    junk.write_bytes(b" ".join([hashlib.sha256(b"no code").hexdigest().encode(), *whole[1:]]) + b"\nno code")
    gone.unlink()
    assert run(tmp_path)
    assert not run(tmp_path)


@pytest.mark.parametrize("given", [1.5, "text", None, 1 << 64, -(1 << 63) - 1, [1]])
def test_what_no_kernel_is_given_is_refused_before_it_runs(given: object) -> None:
    with pytest.raises(TypeError, match="compiled code"):
        Kernel(_never)(given)


def _never(_: object) -> None:
    raise AssertionError


VIEWS: list[Callable[[np.ndarray[tuple[int, ...], np.dtype[np.int64]]], object]] = [
    lambda array: array,
    lambda array: array[::2],
    lambda array: array.reshape(2, 4),
    lambda array: array.reshape(2, 4).T,
    lambda array: array.reshape(2, 4)[:, ::2],
    lambda array: array.view(np.uint64),
    lambda array: array.astype(np.int32),
    lambda array: np.frombuffer(array.tobytes(), np.int64),
    lambda array: np.frombuffer(b"." + array.tobytes(), np.uint8)[1:].view(np.int64),
    lambda array: (array, array),
    lambda array: int(array[0]),
    lambda array: bool(array[0]),
    lambda array: np.int32(array[0]),
]


def test_no_two_kinds_of_arguments_share_code() -> None:
    array = np.arange(8)
    kinds = [Words().of([view(array)])[0] for view in VIEWS]
    assert len(set(kinds)) == len(kinds)


def test_a_tuple_that_comes_again_is_looked_through_once_and_another_is_not_taken_for_it() -> None:
    words, first, second = Words(), (np.zeros(3), 1), (np.zeros(3), 2)
    told = [words.of([value]) for value in (first, second, first, first)]
    assert told[0] == told[2] == told[3]
    assert told[0] != told[1]


def test_what_was_called_with_is_let_go_of() -> None:
    words, array = Words(), np.zeros(3)
    held = weakref.ref(array)
    kinds = words.of([(array, 1)])
    del array
    assert held() is not None
    forget()
    assert held() is None
    assert words.of([(np.zeros(3), 1)])[0] == kinds[0]
