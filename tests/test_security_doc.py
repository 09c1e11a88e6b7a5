"""docs/security.md names tests that exist, and what it says of the code as a whole is so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from warroom.settings import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
STATES = {"done", "part", "not yet", "n/a"}


def rows() -> list[tuple[str, str, str]]:
    """Give (items, state, what shows it) of each row of the list."""
    listed = PAGE.partition("## ASVS")[2]
    cells = [line.strip("| ").split(" | ") for line in listed.splitlines() if re.match(r"\| \d", line)]
    return [(row[0], row[2], row[3]) for row in cells]


@cache
def modules() -> dict[Path, ast.Module]:
    """Give every module of the product, read."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "warroom").rglob("*.py"))}


def imports(name: str) -> set[str]:
    """Give the modules that import a package, type checking aside."""
    return {path for path, names in all_imports().items() if name in names}


@cache
def all_imports() -> dict[str, frozenset[str]]:
    """Give what each module imports, type checking aside."""
    return {str(path.relative_to(ROOT)): frozenset(imported(module)) for path, module in modules().items()}


def imported(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        functions = [node] if is_function(node) else filter(is_function, ast.walk(node))
        for inner in (node, *(one for function in functions for one in ast.walk(function))):
            if isinstance(inner, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in inner.names)
            elif isinstance(inner, ast.ImportFrom):
                yield (inner.module or "").partition(".")[0]


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def calls(module: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(module) if isinstance(node, ast.Call))


def name_of(called: ast.Call) -> str:
    return ast.unparse(called.func)


def last_name(called: ast.Call) -> str:
    """Give the end of what ``name_of`` gives, which is slow to write out for every call there is."""
    return getattr(called.func, "attr", "") or getattr(called.func, "id", "")


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", PAGE))
    assert len(named) > 80
    missing = []
    for file, test in sorted(named):
        path = ROOT / "tests" / file
        if not path.exists() or not re.search(rf"^def {test}\(", path.read_text(encoding="utf-8"), re.MULTILINE):
            missing.append(f"{file}::{test}")
    assert missing == []


def test_every_row_has_a_state_and_what_is_done_is_shown() -> None:
    listed = rows()
    assert len(listed) > 100
    assert {state for _, state, _ in listed} <= STATES
    # the linter refuses it, in every check
    bare = [items for items, state, shown in listed if state == "done" and "::test_" not in shown]
    assert bare == ["5.2.4"]
    assert all(shown.strip() for _, _, shown in listed)


def test_every_chapter_of_the_standard_is_there() -> None:
    assert re.findall(r"^### V(\d+) ", PAGE, re.MULTILINE) == [str(number) for number in range(1, 15)]
    told = {items.split(".")[0] for items, _, _ in rows()}
    assert told == {str(number) for number in range(1, 15)}


def test_sql_is_never_put_together_from_text() -> None:
    doubtful = [
        f"{path.name}:{call.lineno}"
        for path, module in modules().items()
        if "sqlalchemy" in all_imports()[str(path.relative_to(ROOT))] or "sqlite3" in path.read_text(encoding="utf-8")
        for call in calls(module)
        if last_name(call) in {"text", "exec_driver_sql", "executescript"}
        and (name_of(call) in {"text", "sqlalchemy.text"} or "sql" in name_of(call) or "script" in name_of(call))
        and not is_fixed(call.args[0], module)
    ]
    assert doubtful == []


def is_fixed(node: ast.expr, module: ast.Module) -> bool:
    """Whether a value is written in the code: a literal, one of two, a module's constant, or a compiled statement.

    What is beside a statement that SQLAlchemy compiled are its parameters.
    """
    if ast.unparse(node) == "str(compiled)":
        makes = [
            one for one in ast.walk(module) if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "compiled"
        ]
        return len(makes) == 1 and ast.unparse(makes[0].value).startswith("statement.compile(")
    if isinstance(node, ast.IfExp):
        return is_fixed(node.body, module) and is_fixed(node.orelse, module)
    if isinstance(node, ast.Name):
        given = [one for one in module.body if isinstance(one, ast.AnnAssign) and ast.unparse(one.target) == node.id]
        return len(given) == 1 and given[0].value is not None and is_fixed(given[0].value, module)
    return isinstance(node, ast.Constant)


def test_no_shell_is_ever_started() -> None:
    for path, module in modules().items():
        for call in calls(module):
            if last_name(call) in {"system", "popen", "eval", "exec"}:
                assert name_of(call) not in {"os.system", "os.popen", "eval", "exec"}, path
            assert not any(keyword.arg == "shell" for keyword in call.keywords), path


def test_xml_is_read_in_two_places_and_both_refuse_document_types() -> None:
    assert imports("lxml") == imports("defusedxml") == set()
    writers = {"warroom/report/iodef.py", "warroom/report/word_xml.py", "warroom/bench/trials.py"}
    readers = {"warroom/collect/s3_store.py", "warroom/parse/windows_xml.py"}
    assert imports("xml") == writers | readers
    for name in readers:
        assert "document type" in (ROOT / name).read_text(encoding="utf-8"), name
    for path in writers:
        called = {last_name(call) for call in calls(modules()[ROOT / path])}
        assert called.isdisjoint({"parse", "fromstring", "fromstringlist", "iterparse", "XML", "XMLID", "XMLParser"})


def test_pickles_are_opened_in_one_place_behind_a_signature() -> None:
    assert imports("pickle") == {"warroom/detect/kept.py", "warroom/detect/rule_cache.py"}
    assert imports("marshal") == imports("shelve") == imports("dill") == imports("cloudpickle") == set()


def test_dice_are_never_used_for_secrets() -> None:
    # made-up days are drawn; nothing else is
    assert all(path.startswith("warroom/drill/") for path in imports("random"))
