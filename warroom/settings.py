"""The environment, read once into one frozen object."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Final

from warroom.environment import Environment, Field, SecretStr

#: The checkout: content folders live here, whatever WARROOM_DATA says.
ROOT: Final = Path(__file__).resolve().parent.parent
REFERENCE: Final = ROOT / "data" / "reference"


class Settings(Environment):
    """Every setting, from ``WARROOM_…`` environment variables; `./run settings` lists them."""

    PREFIX = "WARROOM_"

    data: Path = Field(default=ROOT / "data", description="Run-time state: state.db, events/, exports/, backups/.")
    cache: Path | None = Field(default=None, description="Compiled rules; default: cache/ in the state folder.")
    db: str | None = Field(
        default=None, description="State database, sqlite:/// and a path; default: state.db in the state folder."
    )
    address: str = Field(default="127.0.0.1:8501", description="Where the console listens, host:port.")
    hosts: str = Field(default="", description="Names the console has behind a reverse proxy, separated by commas.")
    feeds: Path = Field(default=ROOT / "feeds", description="Folder of feed definitions.")
    detectors: Path = Field(default=ROOT / "detectors", description="Folder of Sigma rules.")
    playbooks: Path = Field(default=ROOT / "playbooks", description="Folder of playbooks.")
    language: str = Field(default="th", description="Language of the console until a person chooses: th or en.")
    drill: bool = Field(default=False, description="The whole state folder is a drill: marked on every screen.")
    grouping_minutes: int = Field(default=60, ge=1, le=1440, description="Window in which alerts join one incident.")
    shared_networks: str = Field(
        default="", description="Networks of our proxies, by commas: their addresses join no alerts of strangers."
    )
    disk_reserve_mib: int = Field(
        default=512, ge=0, description="Intake stops where the state folder's volume has less room than so many MiB."
    )
    line_limit: int = Field(default=1 << 20, ge=1024, description="Longest line in bytes; longer ones are rejected.")
    future_minutes: int = Field(
        default=10, ge=1, description="An event further ahead of our clock than this gets our time, its own is kept."
    )

    shifts: str = Field(
        default="08:00-20:00,20:00-08:00", description="Shifts of the day on Bangkok's clock, by commas."
    )

    # -- delivered by HTTP
    receiver: str | None = Field(
        default=None, description="Where logs are delivered by HTTP, host:port; default: nowhere."
    )
    receiver_certificate: Path | None = Field(
        default=None, description="PEM file with the receiver's certificate chain; default: plain HTTP, behind a proxy."
    )
    receiver_key: Path | None = Field(
        default=None, description="PEM file with its key; default: it is in the certificate's file."
    )
    receiver_clients: Path | None = Field(
        default=None, description="PEM file of authorities whose client certificates are looked at; default: none."
    )

    signing_key: Path | None = Field(
        default=None, description="Key that signs the chains' heads; default: signing.key in the state folder."
    )
    audit_heads: Path | None = Field(
        default=None, description="File on another volume to which signed heads are appended; default: none."
    )
    audit_syslog: Path | None = Field(
        default=None, description="Syslog socket that signed heads are handed to, such as /dev/log; default: none."
    )
    retention_days: int = Field(
        default=365, ge=1, description="Days that traffic logs are kept from ingestion; under 90 only knowingly."
    )
    retention_below_law: bool = Field(
        default=False, description="I know that Computer Crime Act s.26 asks for 90 days, and keep logs for less."
    )

    guarded_roles: str = Field(
        default="administrator,dpo",
        description="Roles that work only with a second factor and end idle sessions early; empty: none.",
    )
    guarded_idle_minutes: int = Field(
        default=30, ge=5, le=120, description="A session of such a role ends after so long without a deed."
    )
    idle_minutes: int = Field(
        default=120, ge=5, le=120, description="Any other session ends after so long without a deed."
    )

    oidc_issuer: str | None = Field(
        default=None, description="OpenID Connect provider, its https:// address; default: no sign-in by provider."
    )
    oidc_client_id: str = Field(default="", description="By which name the provider knows this war room.")
    oidc_client_secret_file: Path | None = Field(
        default=None, description="File (mode 600) with the secret that goes with that name; default: none."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="That secret itself, where there is no file."
    )
    oidc_scopes: str = Field(default="openid profile", description="What the provider is asked for, by blanks.")
    oidc_role_claim: str = Field(
        default="roles", description="Claim that holds the roles; dots lead into objects: realm_access.roles."
    )
    oidc_role_map: str = Field(
        default="", description="Claim value to roles: soc=analyst;lead=analyst,shift_lead, or a JSON object of lists."
    )
    oidc_recheck_seconds: int = Field(
        default=300, ge=5, le=3600, description="A session is confirmed by the provider this often."
    )

    assets: Path | None = Field(
        default=None, description="YAML file of what is run where, compared with vulnerabilities; default: none."
    )
    look_back_days: int = Field(
        default=30, ge=0, le=366, description="Days of stored events in which new indicators are looked for; 0: none."
    )

    # -- watched from outside
    outbound: str = Field(
        default="", description="Addresses and networks we may connect to though they are not public, by commas."
    )
    proxy: str = Field(
        default="", description="HTTP proxy by which we go out, http://host:port; default: none, we connect ourselves."
    )
    proxy_user: str = Field(default="", description="By which name the proxy knows us, where it asks.")
    proxy_password_file: Path | None = Field(
        default=None, description="File (mode 600) with the password that goes with that name; default: none."
    )
    proxy_password: SecretStr | None = Field(default=None, description="That password itself, where there is no file.")
    proxy_except: str = Field(
        default="", description="Domains, addresses and networks that are asked without the proxy, by commas."
    )
    heartbeat_url: SecretStr | None = Field(
        default=None, description="Address that the worker asks for every minute while it is well; default: none."
    )
    ntp: str | None = Field(
        default=None, description="Time server by which our clock is checked, host or host:port; default: none."
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
    def signing_key_file(self) -> Path:
        """The signing key's file, absolute."""
        return (self.signing_key or self.data_dir / "signing.key").expanduser().resolve()

    @cached_property
    def db_url(self) -> str:
        """The state database's URL."""
        return self.db or f"sqlite:///{self.data_dir / 'state.db'}"
