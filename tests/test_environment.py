"""Settings are read from the environment, or it is said in one line which variable cannot be."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from warroom.environment import Environment, Field, SecretStr
from warroom.errors import UsageError


class Some(Environment):
    PREFIX = "SOME_"

    place: Path = Field(default=Path("here"), description="A place.")
    other: Path | None = Field(default=None, description="A place or none.")
    name: str = Field(default="nobody", description="A name.")
    sure: bool = Field(default=False, description="Whether.")
    count: int = Field(default=3, ge=1, le=1000, description="A number.")
    key: SecretStr | None = Field(default=None, description="A secret.")


def test_without_variables_each_setting_has_its_default() -> None:
    some = Some()
    assert (some.place, some.other, some.name, some.sure, some.count, some.key) == (
        Path("here"), None, "nobody", False, 3, None,
    )  # fmt: skip
    assert Some.model_fields["count"].description == "A number."


def test_variables_are_read_as_the_types_say(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"PLACE": "/a", "OTHER": "b", "NAME": "7", "SURE": "Yes", "COUNT": " 10 ", "KEY": "s3cret"}
    for name, text in told.items():
        monkeypatch.setenv(f"SOME_{name}", text)
    some = Some(name="given")
    assert (some.place, some.other, some.name, some.sure, some.count) == (Path("/a"), Path("b"), "given", True, 10)
    assert some.key == SecretStr("s3cret")
    assert "s3cret" not in f"{some!r} {some.key} {some.key!r}"
    assert pickle.loads(pickle.dumps(some)).key.get_secret_value() == "s3cret"  # noqa: S301  our own


def test_an_empty_variable_is_an_empty_text_or_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Some.model_fields:
        monkeypatch.setenv(f"SOME_{name.upper()}", "")
    some = Some()
    assert (some.name, some.place, some.other, some.count, some.sure, some.key) == (
        "", Path("here"), None, 3, False, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("COUNT", "many", "a whole number"),
        ("COUNT", "0", "at least 1 at most 1,000"),
        ("COUNT", "1001", "at most"),
        ("SURE", "perhaps", "true or false"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, text: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SOME_{name}", text)
    with pytest.raises(UsageError, match=f"SOME_{name}={text}: give .*{told}"):
        Some()


def test_settings_are_never_changed_and_never_unknown() -> None:
    with pytest.raises(AttributeError, match="count"):
        Some().count = 4
    with pytest.raises(TypeError, match="coumt"):
        Some(coumt=4)
