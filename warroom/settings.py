"""The environment, read once into one frozen object."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

#: The checkout: content folders live here, whatever WARROOM_DATA says.
ROOT: Final = Path(__file__).resolve().parent.parent
REFERENCE: Final = ROOT / "data" / "reference"


class Settings(BaseSettings):
    """Every setting, from ``WARROOM_…`` environment variables; `./run settings` lists them."""

    model_config = SettingsConfigDict(env_prefix="WARROOM_", frozen=True, extra="ignore")

    data: Path = Field(default=ROOT / "data", description="Run-time state: state.db, events/, exports/, backups/.")
    cache: Path | None = Field(default=None, description="Compiled rules; default: cache/ in the state folder.")
    db: str | None = Field(
        default=None, description="State database, sqlite:/// and a path; default: state.db in the state folder."
    )
    address: str = Field(default="127.0.0.1:8501", description="Where the console listens, host:port.")
    hosts: str = Field(default="", description="Names the console has behind a reverse proxy, separated by commas.")
    feeds: Path = Field(default=ROOT / "feeds", description="Folder of feed definitions.")
    detectors: Path = Field(default=ROOT / "detectors", description="Folder of Sigma rules.")
    language: str = Field(default="th", description="Language of the console until a person chooses: th or en.")
    drill: bool = Field(default=False, description="The whole state folder is a drill: marked on every screen.")
    grouping_minutes: int = Field(default=60, ge=1, le=1440, description="Window in which alerts join one incident.")
    line_limit: int = Field(default=1 << 20, ge=1024, description="Longest line in bytes; longer ones are rejected.")
    future_minutes: int = Field(
        default=10, ge=1, description="An event further ahead of our clock than this gets our time, its own is kept."
    )

    @cached_property
    def data_dir(self) -> Path:
        """The state folder, absolute."""
        return self.data.expanduser().resolve()

    @cached_property
    def cache_dir(self) -> Path:
        """The compiled-rules folder, absolute."""
        return (self.cache or self.data_dir / "cache").expanduser().resolve()

    @cached_property
    def db_url(self) -> str:
        """The state database's URL."""
        return self.db or f"sqlite:///{self.data_dir / 'state.db'}"
