"""What a frozen object of settings is made of: each attribute is read from an environment variable of its name.

pydantic-settings does the same; its import is a tenth of a second of CPU, more than a scan of a small log.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar, Final, NamedTuple, NoReturn, get_args, get_type_hints

from warroom.errors import UsageError

_YES: Final = frozenset(("1", "true", "t", "yes", "y", "on"))
_NO: Final = frozenset(("0", "false", "f", "no", "n", "off"))


class SecretStr:
    """A text that is shown nowhere: only who asks for it by name gets it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """Give the text."""
        return self._value

    def __eq__(self, other: object) -> bool:
        """Compare the texts."""
        return isinstance(other, SecretStr) and other._value == self._value

    def __hash__(self) -> int:
        """As of the text."""
        return hash(self._value)

    def __str__(self) -> str:
        """Show that there is one."""
        return "**********" if self._value else ""

    def __repr__(self) -> str:
        """Show that there is one."""
        return f"SecretStr('{self}')"


class Setting(NamedTuple):
    """One attribute: its default, what it means, and the bounds of a number."""

    default: Any
    description: str
    ge: int | None
    le: int | None


def Field(*, default: object, description: str, ge: int | None = None, le: int | None = None) -> Any:  # noqa: ANN401, N802  a value of the attribute's type, as of pydantic's function of this name
    """Describe an attribute."""
    return Setting(default, description, ge, le)


class Environment:
    """Base of such an object: ``PREFIX`` and an attribute's name in capitals are its variable.

    An empty variable is an empty text, and none at all where the attribute is no text.

    Attributes:
        model_fields: the settings by name.
    """

    PREFIX: ClassVar[str]
    model_fields: ClassVar[dict[str, Setting]]
    _kinds: ClassVar[dict[str, type]]

    def __init_subclass__(cls) -> None:
        """Find the attributes and their types."""
        cls.model_fields = {name: told for name, told in vars(cls).items() if isinstance(told, Setting)}
        hints = get_type_hints(cls)
        cls._kinds = {name: _kind(hints[name]) for name in cls.model_fields}

    def __init__(self, **given: Any) -> None:  # noqa: ANN401  each its attribute's type
        """Read the environment, but for what is ``given``. Raises UsageError for what cannot be read."""
        if unknown := given.keys() - self.model_fields.keys():
            raise TypeError(f"there are no such settings: {', '.join(sorted(unknown))}")
        for name, setting in self.model_fields.items():
            variable = f"{self.PREFIX}{name.upper()}"
            kind = self._kinds[name]
            value = given[name] if name in given else os.environ.get(variable, setting.default)
            if isinstance(value, str) and kind is not str:
                value = _read(variable, value, kind) if value else setting.default
            if type(value) is int and not _within(setting, value):
                raise UsageError(f"{variable}={value}: give {_bounds(setting)}")
            self.__dict__[name] = value

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Settings stay what they were when the process began."""
        raise AttributeError(f"settings are not changed: {name}")

    def __repr__(self) -> str:
        """Show all settings; secrets are not told."""
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.model_fields)
        return f"{type(self).__name__}({told})"


def _kind(hint: Any) -> type:  # noqa: ANN401  a type, or a type or None
    kinds: list[type] = [kind for kind in get_args(hint) or (hint,) if kind is not NoneType]
    return kinds[0]


def _read(variable: str, text: str, kind: type) -> Path | SecretStr | bool | int:
    if kind is Path:
        return Path(text)
    if kind is SecretStr:
        return SecretStr(text)
    told = text.strip().lower()
    if kind is bool:
        if told in _YES | _NO:
            return told in _YES
        raise UsageError(f"{variable}={text}: give true or false")
    try:
        return int(told)
    except ValueError:
        raise UsageError(f"{variable}={text}: give a whole number") from None


def _within(setting: Setting, value: int) -> bool:
    return (setting.ge is None or value >= setting.ge) and (setting.le is None or value <= setting.le)


def _bounds(setting: Setting) -> str:
    return " ".join(
        f"{word} {bound:,}" for word, bound in (("at least", setting.ge), ("at most", setting.le)) if bound is not None
    )
