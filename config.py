"""One frozen Config, read once, from wiretrail.toml and WIRETRAIL_* variables (which win).

The file is $WIRETRAIL_CONFIG, else wiretrail.toml in the home folder ($WIRETRAIL_HOME, else ~/.local/share/wiretrail).
A nested name is written with two underscores in the environment: WIRETRAIL_SMTP__PASSWORD is [smtp] password.
Nothing else in the program reads files or variables for settings.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from news import written
from news.errors import ConfigError


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Deadline = Annotated[float, Field(gt=0, le=7 * 24 * 3600.0)]


class CrawlConfig(_Section):
    """How pages are asked for. Defaults are polite; figures in docs/decisions.md."""

    contact: str = Field(default="", description="an address or page where site owners reach you; asked for by crawl")
    delay_seconds: float = Field(default=2.0, ge=0, description="pause between two requests to one host")
    timeout_seconds: float = Field(default=30.0, gt=0, description="a response may take no longer, in all")
    max_bytes: int = Field(default=5_000_000, gt=0, description="a larger response is refused")
    allow_loopback: bool = Field(default=False, description="only for tests and the demo")
    extract_workers: int = Field(default=1, ge=0, description="processes that read pages; 0: the crawl itself")
    hosts_per_batch: int = Field(default=20, gt=0, description="hosts of one crawl; ten times that if feeds wait")
    pages_per_batch: int = Field(default=200, gt=0, description="pages one crawl process takes on")
    deadline_seconds: _Deadline = Field(default=600.0, description="a crawl child still running then is stopped")
    memory_mb: int = Field(default=400, ge=0, description="a crawl child that takes more is stopped; 0: no limit")
    reader_memory_mb: int = Field(
        default=200, ge=0, description="its process that reads pages is ended when it takes more; 0: no limit"
    )
    tick_seconds: float = Field(default=15.0, gt=0, description="how often the daemon asks what is due")
    poll_least_minutes: float = Field(default=5.0, gt=0, description="no feed is polled more often")
    poll_most_minutes: float = Field(default=1440.0, gt=0, le=10080, description="no feed is polled more rarely")
    daily_polls_per_feed: float = Field(
        default=24.0, ge=0, description="polls a day over all feeds, divided by feeds; 0: no such budget"
    )
    daily_requests_per_host: int = Field(default=2000, ge=0, description="requests a host gets a UTC day; 0: no limit")
    daily_requests_per_outlet: int = Field(default=10000, ge=0, description="requests of all its hosts; 0: no limit")
    never: tuple[str, ...] = Field(default=(), description="hosts never asked, with all below them")
    revisit_first_minutes: float = Field(default=20.0, gt=0, description="pause before an article is looked at again")
    revisit_days: float = Field(default=21.0, ge=0, description="an article older than this is not visited again")


class AfpConfig(_Section):
    """AFP's Core API, asked for what is new. The secrets come from the environment or from files."""

    address: Annotated[str, AfterValidator(written.safe_address)] = Field(
        default="https://afp-apicore-prod.afp.com", description="AFP's Core API"
    )
    client: str = Field(default="", description="client id AFP gave")
    client_secret: SecretStr = Field(default=SecretStr(""), description="better in the environment or a file")
    client_secret_file: Path | None = Field(default=None, description="file that holds the client secret")
    user: str = Field(default="", description="AFP account; empty: the interface is not polled")
    password: SecretStr = Field(default=SecretStr(""), description="better in the environment or a file")
    password_file: Path | None = Field(default=None, description="file that holds the password")
    languages: tuple[str, ...] = Field(default=(), description="languages asked for; none: all of the account")
    products: tuple[str, ...] = Field(default=("news",), description="AFP products asked for; none: all of the account")
    rows: int = Field(default=100, ge=2, le=1000, description="documents a page")
    pages: int = Field(default=50, gt=0, description="pages one poll takes on; the next goes on from there")
    first_hours: float = Field(default=24.0, gt=0, description="how far back the first poll looks")
    overlap_minutes: float = Field(default=30.0, ge=0, description="how late a document may turn up and be found")
    tick_seconds: float = Field(default=60.0, gt=0, description="how often the daemon polls")
    timeout_seconds: float = Field(default=30.0, gt=0, description="an answer may take no longer, in all")
    deadline_seconds: _Deadline = Field(default=600.0, description="a polling child still running then is stopped")

    @property
    def name(self) -> str:
        """What is asked, without secrets: under this name the database keeps how far it was read."""
        return " ".join((self.address.rstrip("/"), *self.languages, *self.products))


class WireConfig(_Section):
    """Where the agency's files come in."""

    drop: Path | None = Field(default=None, description="folder watched for agency files; read ones move to its done/")
    folders: dict[str, Path] = Field(default={}, description="agency code = folder of files that may not name theirs")
    settle_seconds: float = Field(default=2.0, ge=0, description="a file changed more recently may be half written")
    tick_seconds: float = Field(default=10.0, gt=0, description="how often the daemon looks into the folder")
    deadline_seconds: _Deadline = Field(default=600.0, description="a reading child still running then is stopped")
    afp: AfpConfig = AfpConfig()

    @model_validator(mode="after")
    def _apart(self) -> WireConfig:
        """No folder is two agencies', or another's done/."""
        used = [path.absolute() / part for path, _ in self.watched() for part in ("", "done", "refused")]
        if twice := [str(path) for path in used if used.count(path) > 1]:
            raise ValueError(f"wire.drop and wire.folders use {twice[0]} twice; give each agency a folder of its own")
        return self

    def watched(self) -> list[tuple[Path, str]]:
        """Each folder watched, with whose its files are when they name no agency: nobody's in the common one."""
        common = [(self.drop, "")] if self.drop is not None else []
        return common + [(folder, agency) for agency, folder in self.folders.items()]


class LicenceEntry(_Section):
    """What an outlet may use of an agency: outlet id, agency code, terms, first and last day."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    outlet: str = Field(min_length=1)
    agency: str = Field(min_length=1)
    terms: str = Field(min_length=1)
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")


class MatchConfig(_Section):
    """How often and how long the matcher runs."""

    index: Path | None = Field(default=None, description="folder of the index of all texts; default: index in home")
    tick_seconds: float = Field(default=30.0, gt=0, description="how often the daemon asks what is unmatched")
    deadline_seconds: _Deadline = Field(default=1800.0, description="a matching child still running then is stopped")


_WebAddress = Annotated[str, AfterValidator(written.web_address)]
_HostName = Annotated[str, AfterValidator(written.host_name)]
_Zone = Annotated[str, AfterValidator(written.known_zone)]
_Address = Annotated[str, AfterValidator(written.plain_address)]
_Country = Annotated[str, AfterValidator(written.country)]

Weekday = Literal["", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class ReaderConfig(_Section):
    """One reader of the digest: [[digest.readers]]. What is not set here is as under [digest]."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="names the reader's files; a-z, 0-9, -")
    address: _Address = Field(description="where it is sent")
    zone: _Zone | None = Field(default=None, description="IANA zone of the reader's day")
    hour: int | None = Field(default=None, ge=0, le=23, description="local hour from which it is due")
    language: Literal["en", "fr"] | None = Field(default=None, description="en or fr")
    weekly: Weekday | None = Field(default=None, description="weekday of the week's roll-up; empty: none")
    agencies: tuple[str, ...] | None = Field(default=None, description="only these agencies' stories")
    outlets: tuple[str, ...] = Field(default=(), description="only these outlets, by id; none: all")
    countries: tuple[_Country, ...] = Field(default=(), description="only outlets there, ISO 3166; none: all")


class DigestConfig(_Section):
    """The daily email: who, when, from whom. Without recipients and readers it is written to `out` only."""

    hour: int = Field(default=7, ge=0, le=23, description="local hour from which yesterday's digest is due")
    zone: _Zone = Field(default="Europe/Paris", description="IANA zone of the readers' day")
    language: Literal["en", "fr"] = Field(default="en", description="language of the email: en or fr")
    weekly: Weekday = Field(default="", description="weekday on which the week's roll-up is due; empty: none")
    recipients: tuple[_Address, ...] = Field(default=(), description="addresses; none: only the folder is written")
    readers: tuple[ReaderConfig, ...] = Field(default=(), description="readers with their own choices, see below")
    sender: str = Field(default="wiretrail@localhost", description="From: of the email")
    out: Path | None = Field(default=None, description="folder for .eml, .html and .txt; default: digests in home")
    tick_seconds: float = Field(default=60.0, gt=0, description="how often the daemon asks whether one is owed")
    deadline_seconds: _Deadline = Field(default=300.0, description="a sending child still running then is stopped")

    @model_validator(mode="after")
    def _one_email_each(self) -> Self:
        """One email per local date and recipient, ever: an address with two sets of choices would get only one."""
        for what, named in (
            ("name", [reader.name for reader in self.readers]),
            ("address", [*map(str.lower, self.recipients), *(reader.address.lower() for reader in self.readers)]),
        ):
            twice = sorted({one for one in named if named.count(one) > 1})
            if twice:
                raise ValueError(f"two readers have the {what} {twice[0]!r}")
        return self


class KeepConfig(_Section):
    """How long what others wrote is kept. Findings about it are kept for good."""

    text_days: int = Field(default=90, ge=0, description="articles' full texts expire after so many days; 0: never")
    fetch_days: int = Field(
        default=90, ge=0, description="requests go after so many days, on PostgreSQL by whole months; 0: never"
    )
    pages: bool = Field(default=False, description="keep fetched pages as WARC files, a file a day, as evidence")
    pages_folder: Path | None = Field(default=None, description="folder of kept pages; default: pages in home")
    page_days: int = Field(default=90, ge=0, description="kept pages go after so many days unless held; 0: never")
    run_days: int = Field(default=45, ge=14, description="the record of runs goes after so many days")
    wire_days: int = Field(default=90, ge=0, description="agency files read go after so many days; 0: never")
    digest_days: int = Field(default=400, ge=0, description="digests' texts and files go after so many days; 0: never")
    address_days: int = Field(default=365, ge=0, description="addresses that are no article go so long after; 0: never")
    tick_seconds: float = Field(default=3600.0, gt=0, description="how often the daemon asks whether today's is done")
    deadline_seconds: _Deadline = Field(default=3600.0, description="a pruning child still running then is stopped")


class WorkersConfig(_Section):
    """Several machines on one PostgreSQL: the daemon queues shared work, `wiretrail worker` does it."""

    enabled: bool = Field(default=False, description="queue crawls and matches for workers; needs PostgreSQL")
    crawl_jobs: int = Field(default=4, gt=0, description="crawl batches that wait for workers at once, at most")
    heartbeat_seconds: float = Field(default=10.0, gt=0, description="how often a worker says that it lives")
    lost_seconds: float = Field(default=45.0, gt=0, description="a worker silent for so long is lost, its job returned")
    backfill_deadline_seconds: _Deadline = Field(default=86400.0, description="an archive may take a worker so long")


class SmtpConfig(_Section):
    """The mail server. The password comes from the environment or a file, never from a table in the open."""

    host: _HostName = Field(default="localhost", description="mail server")
    port: int = Field(default=25, gt=0, lt=65536, description="its port")
    security: Literal["none", "starttls", "tls"] = Field(default="none", description="none, starttls, or tls at once")
    user: str = Field(default="", description="login, when the server wants one")
    password: SecretStr = Field(default=SecretStr(""), description="better in the environment or a file")
    password_file: Path | None = Field(default=None, description="file that holds the password")
    timeout_seconds: float = Field(default=30.0, gt=0, description="the server's answers may take no longer")


class MetricsConfig(_Section):
    """Where the daemon can be asked how it is: /metrics for Prometheus, /healthy for whoever restarts things."""

    port: int = Field(default=0, ge=0, lt=65536, description="port of /metrics and /healthy; 0: none")
    address: str = Field(default="127.0.0.1", description="address it listens on: loopback, unless that is lifted")
    beyond_loopback: bool = Field(default=False, description="let other machines ask; there is no password")

    @model_validator(mode="after")
    def _stays_here(self) -> MetricsConfig:
        try:
            here = ip_address(self.address).is_loopback
        except ValueError as error:
            raise ValueError(f"metrics.address {self.address!r} is no IP address such as 127.0.0.1") from error
        if not here and not self.beyond_loopback:
            raise ValueError(
                f"metrics.address {self.address} is reachable from other machines: set metrics.beyond_loopback"
            )
        return self


class ServeConfig(_Section):
    """How the pages of `wiretrail serve` are reached from elsewhere."""

    address: _WebAddress = Field(default="", description="where readers open the pages, as https://pages.example.org")
    proxies: tuple[str, ...] = Field(default=(), description="addresses whose X-Forwarded headers are believed")


class ClockConfig(_Section):
    """A clock faster than the wall's, for the demo: start + (wall - epoch) * rate, and no further than end."""

    start: AwareDatetime | None = Field(default=None, description="what the clock showed at epoch; empty: the wall's")
    epoch: AwareDatetime | None = Field(default=None, description="when the wall showed that")
    rate: float = Field(default=1.0, gt=0, description="how much faster it runs")
    end: AwareDatetime | None = Field(default=None, description="it stands still from there on")


def _default_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "wiretrail"


class Config(BaseSettings):
    """Everything that can be set. Frozen: a running process never changes its mind, SIGHUP makes a new one."""

    model_config = SettingsConfigDict(
        env_prefix="WIRETRAIL_", env_nested_delimiter="__", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    home: Path = Field(default_factory=_default_home, description="folder of the database, digests and this file")
    database_url: str = Field(default="", repr=False, description="sqlite:/// or postgresql://; empty: SQLite in home")
    catalogue: Path | None = Field(default=None, description="TOML file that adds to or overrides the catalogue")
    agencies: tuple[str, ...] = Field(default=("AFP",), description="agencies whose stories the digest reports on")
    log: Literal["text", "json"] = Field(default="text", description="how events are written to standard error")
    licences: tuple[LicenceEntry, ...] = Field(
        default=(), description="[[licences]]: outlet, agency, terms, and from, to when they end or begin"
    )
    crawl: CrawlConfig = CrawlConfig()
    wire: WireConfig = WireConfig()
    match: MatchConfig = MatchConfig()
    digest: DigestConfig = DigestConfig()
    keep: KeepConfig = KeepConfig()
    workers: WorkersConfig = WorkersConfig()
    smtp: SmtpConfig = SmtpConfig()
    metrics: MetricsConfig = MetricsConfig()
    serve: ServeConfig = ServeConfig()
    clock: ClockConfig = ClockConfig()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  -- pydantic-settings calls it with these five
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  -- as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  -- as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which comes in as arguments."""
        return env_settings, init_settings

    @property
    def database(self) -> str:
        """The database's address; a file in the home folder unless one is set."""
        return self.database_url or f"sqlite:///{self.home / 'wiretrail.db'}"

    @property
    def digest_folder(self) -> Path:
        """Where digests are written."""
        return self.digest.out or self.home / "digests"

    @property
    def pages_folder(self) -> Path:
        """Where fetched pages are kept, when they are."""
        return self.keep.pages_folder or self.home / "pages"

    def smtp_password(self) -> str:
        """The password, from its file when one is named. Raises ConfigError when the file cannot be read."""
        return _secret("smtp.password_file", self.smtp.password, self.smtp.password_file)

    def afp_secrets(self) -> tuple[str, str]:
        """AFP's client secret and password, likewise."""
        afp = self.wire.afp
        client_secret = _secret("wire.afp.client_secret_file", afp.client_secret, afp.client_secret_file)
        return client_secret, _secret("wire.afp.password_file", afp.password, afp.password_file)


def _secret(name: str, value: SecretStr, file: Path | None) -> str:
    if file is None:
        return value.get_secret_value()
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{name} {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name} {file} is not UTF-8 text") from error


def _file_values(path: Path) -> dict[str, Any]:
    """The file's tables. Raises ConfigError naming the file (and line) when it cannot be read as TOML in UTF-8."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"configuration {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"configuration {path} is not valid TOML: {error}") from error


def _explain(error: ValidationError, origin: str) -> str:
    """One line: the first field at fault, by the name a user writes, and what is wrong with it."""
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{origin}: {field}: {first['msg']}{more}"


def read(environ: Mapping[str, str] | None = None) -> Config:
    """The configuration of this process.

    Raises ConfigError naming the file and the field when something is unknown, of the wrong type or out of range.
    A named $WIRETRAIL_CONFIG must exist; the default file need not.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("WIRETRAIL_CONFIG")
    home = Path(environ.get("WIRETRAIL_HOME") or _default_home())
    path = Path(named) if named else home / "wiretrail.toml"
    values = _file_values(path) if named or path.exists() else {}
    try:
        return Config(**values)
    except ValidationError as error:
        raise ConfigError(_explain(error, f"configuration {path} or WIRETRAIL_ variables")) from error
    except SettingsError as error:  # a variable that should be JSON; its value is not in the message
        raise ConfigError(f"WIRETRAIL_ variables: {error}") from error
