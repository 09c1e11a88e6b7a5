"""Whatever a rule file holds, loading it ends soon, within bounds, and never keeps other rules from loading.

The long campaign: ``pytest -m soak tests/detect/test_hostile_rules.py``.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect.events import batch
from warroom.detect import RuleSet, load_rules, match
from warroom.settings import ROOT

SOUND = """title: A sound rule
logsource: {category: test}
detection: {s: {a: x}, condition: s}
"""
RULE = """title: A hostile rule
logsource: {category: test}
detection:
  s: {a: x}
  condition: s
"""
EXAMPLES = [
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests" / "samples" / "sigma_specification").rglob("*.yml"))
]
MANY = [f"s{number}: {{a: v{number}}}" for number in range(5000)]
CHAIN = "a0: &a0 [x, x]\n" + "".join(
    f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 8)}]\n" for number in range(1, 9)
)


def with_search(line: str) -> str:
    return RULE.replace("s: {a: x}", f"s: {line}")


#: What each is, the file, and what the reason says; None where the rule loads.
HOSTILE: dict[str, tuple[str, str | None]] = {
    "aliases that multiply": (RULE + CHAIN, "aliases"),
    "a merge that multiplies": (
        RULE + CHAIN.replace("[x, x]", "{b: c}").replace("[*", "{<<: [*").replace("]\n", "]}\n"),
        "",
    ),
    "an alias of itself": (with_search("&s {a: *s}"), "an alias holds itself"),
    "a list of itself": (with_search("&s [*s]"), "an alias holds itself"),
    "deep lists": (with_search("[" * 5000 + "x" + "]" * 5000), "nested deeper"),
    "deep lists within bounds": (with_search("[" * 30 + "x" + "]" * 30), "nested deeper"),
    "deep brackets": (RULE.replace("condition: s", f"condition: {'(' * 9000}s{')' * 9000}"), "nested deeper"),
    "many negations": (RULE.replace("condition: s", f"condition: {'not ' * 9000}s"), "nested deeper"),
    "a value of a megabyte": (with_search("{a: '" + "x" * (1 << 20) + "'}"), "longer than"),
    "a field of a megabyte": (with_search("{'" + "x" * (1 << 20) + "': a}"), ""),
    "a title of a megabyte": (RULE.replace("A hostile", "x" * (1 << 20)), "longer than"),
    "a file of megabytes": (RULE + "#" * (3 << 20), "longer than 2 MiB"),
    "a number in base 60": (with_search("{a: 1" + ":1" * 100_000 + "}"), "put it in quotes"),
    "a hexadecimal number without end": (with_search("{a: 0x" + "f" * 100_000 + "}"), "put it in quotes"),
    "an infinite number": (with_search("{a: .inf}"), "infinite"),
    "an undefined number": (with_search("{a|gt: .nan}"), "needs a number"),
    "an expression that explodes, for Hyperscan": (with_search("{'a|re': '(a+)+$'}"), None),
    "an expression that explodes, for Python": (with_search("{'a|re': '(?=a)(a+)+$'}"), "have no bound"),
    "choices that explode": (with_search("{'a|re': '(?=a)" + "(a|a?)" * 30 + "b'}"), "have no bound"),
    "repeats that multiply": (with_search("{'a|re': '((a{1,100}){1,100}){1,100}'}"), "too large"),
    "an expression without end": (with_search("{'a|re': '" + "a|" * 50_000 + "'}"), "longer than"),
    "deep groups": (with_search("{'a|re': '" + "(" * 5000 + ")" * 5000 + "'}"), "is not valid"),
    "dashes that multiply": (with_search("{'a|windash': '" + " -a" * 40 + "'}"), "3,125 forms"),
    "modifiers that multiply": (with_search("{'a|windash|base64offset|base64offset|base64offset': '-a -b -c -d'}"), ""),
    "modifiers without end": (with_search("{'a" + "|base64" * 5000 + "': x}"), ""),
    "a search a thousand times": (
        RULE.replace("condition: s", "condition: " + " or ".join(["1 of *"] * 900)).replace(
            "  s: {a: x}\n", "".join(f"  {line}\n" for line in MANY[:1000])
        ),
        "200,000 values",
    ),
    "thousands of searches": (
        RULE.replace("condition: s", "condition: 1 of s*").replace(
            "  s: {a: x}\n", "".join(f"  {line}\n" for line in MANY)
        ),
        None,
    ),
    "a huge list": (with_search("{a: [" + ", ".join(f"v{number}" for number in range(20_000)) + "]}"), None),
    "a list without end": (with_search("{a: [" + ", ".join(["x"] * 300_000) + "]}"), "more than 200000 values"),
    "a key twice": (RULE.replace("  condition: s", "  s: {a: y}\n  condition: s"), "stands twice"),
    "keys that are no texts": (RULE.replace("  s: {a: x}\n", "  1: {a: x}\n  null: {2: x}\n"), "in quotes"),
    "a map as a key": (RULE.replace("s: {a: x}", "? {a: x}\n  : x"), ""),
    "a tag of Python": (with_search("!!python/object/apply:os.system [id]"), ""),
    "binary data": (with_search("{a: !!binary aGVsbG8=}"), "put it in quotes"),
    "a set": (with_search("!!set {a, b}"), ""),
    "an unknown taxonomy of types": (RULE.replace("title: A hostile rule", "title: !!float 1.5"), "`title` is a text"),
    "half a character": (with_search(r'{a: "\uD800"}'), ""),
    "no document": ("", "no fault"),
    "null": ("null\n", "no fault"),
    "bytes": ("\0\1\2", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_rule_is_refused_or_loads_and_the_others_load(tmp_path: Path, name: str) -> None:
    text, reason = HOSTILE[name]
    (tmp_path / "hostile.yml").write_text(text, encoding="utf-8", errors="surrogatepass")
    (tmp_path / "sound.yml").write_text(SOUND, encoding="utf-8")
    rules = load_rules([tmp_path], tmp_path / "cache")
    assert "A sound rule" in answered(rules)
    if reason is None:
        assert rules.refused == []
        assert [rule.title for rule in rules.rules] == ["A hostile rule", "A sound rule"]
    elif reason != "no fault":
        ((file, told),) = [(Path(fault.file).name, fault.reason) for fault in rules.refused]
        assert (file, reason in told) == ("hostile.yml", True), told
        assert 0 < len(told) < 500


def test_an_expression_for_the_slower_engine_looks_at_a_bounded_part_of_a_value(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(with_search("{'a|re': '(?!x)a+b'}"), encoding="utf-8")
    rules = load_rules([tmp_path])
    assert rules.refused == []
    near, far, endless = "a" * 1000 + "b", "a" * 5000 + "b", "a" * 1_000_000  # the last would take hours as a whole
    assert match(batch([{"a": near}, {"a": far}, {"a": endless}]), rules)["row"].to_pylist() == [0]


def answered(rules: RuleSet) -> list[str]:
    """Give the titles of the rules that are true for an event."""
    found = match(batch([{"a": "x"}]), rules)
    return [rules.rules[number].title for number in found["rule"].to_pylist()]


#: What random documents are made of: keys and values that mean something somewhere, and others.
WORDS = st.sampled_from(
    [
        *(
            "title",
            "id",
            "detection",
            "condition",
            "selection",
            "logsource",
            "category",
            "level",
            "tags",
            "a|re",
            "a|all",
        ),
        *(
            "correlation",
            "type",
            "event_count",
            "rules",
            "group-by",
            "timespan",
            "5m",
            "gte",
            "filter",
            "any",
            "a|expand",
        ),
        *(
            "1 of them",
            "not selection",
            "(",
            "x" * 100,
            "%a%",
            "-a",
            "a|windash|contains",
            "a|cidr",
            "0.0.0.0/0",
            "(a|b",
            "",
        ),
        *(
            "aliases",
            "generate",
            "custom",
            "date",
            "status",
            "related",
            "product",
            "high",
            "test",
            "\ud800",
            "\0",
            "é*?",
        ),
    ]
)
LEAVES = st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.binary(max_size=3))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.integers(), inner, max_size=5),
    max_leaves=25,
)
SHAPES = st.fixed_dictionaries(
    {"title": WORDS | TREES, "logsource": st.just({"category": "test"}) | TREES},
    optional=dict.fromkeys(
        ("detection", "correlation", "filter", "id", "level", "tags", "custom", "date", "related", "name"), TREES
    ),
)


VALUES = ["[]", "{}", "null", "5", "-1", "*", "&a x", "*a", "x: y", "1.5e400"]


def bent(text: str, dice: random.Random) -> str:
    """Change an example: lines twice, lost, swapped, cut, with other words and other bytes."""
    lines = text.splitlines()
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(lines))
        match dice.randrange(7):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, dice.choice(lines))
            case 2:
                lines[place] = lines[place][: dice.randint(0, len(lines[place]))]
            case 3:
                lines[place] = " " * dice.randint(0, 12) + lines[place].lstrip()
            case 4:
                key, _, value = lines[place].partition(":")
                lines[place] = f"{key}: {dice.choice([*VALUES, value * 3])}"
            case 5:
                letters = [*lines[place]] or [""]
                letters[dice.randrange(len(letters))] = dice.choice("|:*&![]{}%@`'\"\\\t\0é\ud800-#?")
                lines[place] = "".join(letters)
            case _:
                other = dice.randrange(len(lines))
                lines[place], lines[other] = lines[other], lines[place]
        lines = lines or [""]
    return "\n".join(lines)


def assert_survives(folder: Path, text: str) -> None:
    (folder / "hostile.yml").write_text(text, encoding="utf-8", errors="surrogatepass")
    (folder / "sound.yml").write_text(SOUND, encoding="utf-8")
    rules = load_rules([folder])
    assert "A sound rule" in [rule.title for rule in rules.rules]
    assert all(fault.reason and fault.line >= 0 for fault in rules.refused)
    answered(rules)


@settings(max_examples=50)
@given(SHAPES)
def test_documents_of_any_shape(tmp_path_factory: pytest.TempPathFactory, document: dict[str, object]) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    assert_survives(tmp_path_factory.mktemp("rules"), text)


@settings(max_examples=100)
@given(st.sampled_from(EXAMPLES), st.randoms(use_true_random=False))
def test_bent_examples(tmp_path_factory: pytest.TempPathFactory, text: str, dice: random.Random) -> None:
    assert_survives(tmp_path_factory.mktemp("rules"), bent(text, dice))


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", range(8))
def test_bent_rules_for_long(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "detectors").rglob("*.yml"))] + EXAMPLES
    for _ in range(20_000):
        assert_survives(tmp_path, bent(dice.choice(texts), dice))
