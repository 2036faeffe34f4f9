"""Where things are and with which keys: everything that differs between two machines and cannot change an answer."""

import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent  # of the checkout: release files and prices are part of it


PLACEHOLDER = re.compile(
    r"<.*>|\$\{.*\}|(?:change|replace|set|fill)[\W_]?(?:me|it|this|in)?|(?:todo|xxx+|placeholder|your[\W_]\w+|example|dummy)", re.I
)


class Unfit(ValueError):
    """A variable holds what cannot be used. The message names the variable, and never quotes a secret."""


def key(variable: str, value: str) -> str | None:
    """Return a key or token without the blanks, line ends and quotes that files put round it; None for nothing. Raises Unfit."""
    return _sendable(variable, _bare(value), r"[^\x21-\x7e]", "paste the key again")


def header(variable: str, value: str) -> str | None:
    """Return the value of a header, which may be of several words, without what files put round it; None for nothing. Raises Unfit."""
    return _sendable(variable, _bare(value), r"[^\x20-\x7e]", "write it in plain letters")


def _sendable(variable: str, value: str, unfit: str, advice: str) -> str | None:
    if odd := re.search(unfit, value):
        what = f"U+{ord(odd[0]):04X}"
        raise Unfit(f"{variable} holds {what} at character {odd.start() + 1} of {len(value)}, which no header can carry: {advice}")
    return value or None


def address(variable: str, value: str) -> str | None:
    """Return an http(s) address with its scheme and host in small letters and without what stands round it; None for nothing. Raises Unfit."""
    value = _bare(value)
    if not value:
        return None
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError as exc:
        raise Unfit(f"{variable} is no address: {exc}") from exc
    if url.scheme not in ("http", "https") or not host or re.search(r"[\s\x00-\x20\x7f-\x9f\\<>\"{}|^`]", value):
        raise Unfit(f"{variable} is no http(s) address")
    user, at, _ = url.netloc.rpartition("@")
    return urlunsplit(url._replace(netloc=user + at + url.netloc[len(user + at) :].lower()))


def _bare(value: str) -> str:
    value = value.strip().strip("\ufeff\u200b").strip()
    return value[1:-1].strip() if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


class Settings(BaseSettings):
    """Read from `PROOFDESK_…` variables and `.env`. What can change an answer is in the release instead."""

    model_config = SettingsConfigDict(env_prefix="PROOFDESK_", env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True)

    data_dir: Path = Field(Path("var"), description="SQLite file, snapshots, encoders, fitted heads and reports")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in the data directory")
    sqlite_sync: Literal["FULL", "NORMAL"] = Field(
        "FULL", description="FULL: accepted mail outlives a power cut, for one sync of the disk a write; NORMAL: the last moments may be lost"
    )
    releases_dir: Path = Field(ROOT / "ops/releases", description="Release files, one folder each")
    prompts_dir: Path = Field(ROOT / "service/prompts", description="Prompt folders, one for each name and version")
    prices_dir: Path = Field(ROOT / "ops/prices", description="Dated price overrides")
    host: str = Field("127.0.0.1", description="Address to serve on")
    port: int = Field(8000, description="Port to serve on", ge=0, le=65535)
    workers: int = Field(2, description="Mails handled at the same time by one process", ge=1, le=64)
    max_email_bytes: int = Field(25 * 1024 * 1024, description="Largest email taken, in bytes")
    max_bytes_at_once: int = Field(256 * 1024 * 1024, description="Most bytes of bodies held at the same time, over all connections", ge=1)
    providers: str = Field("", description="Names of providers to use, comma separated: presets or those of providers_file; default: what has a key")
    providers_file: Path | None = Field(None, description="YAML file with further OpenAI-compatible providers")
    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY", description="Key of the provider `openai`")
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL", description="Base URL of the provider `openai`")
    openai_model: str | None = Field(None, description="Model asked for at `openai` instead of the release's, for servers that name theirs otherwise")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field("INFO", description="Level of the structured log")
    otlp_endpoint: str | None = Field(None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT", description="Where to send OpenTelemetry spans")
    webhook_url: str | None = Field(None, description="Where incidents are sent")
    webhook_secret: SecretStr | None = Field(None, description="Signs what is sent to the webhook")
    api_token: SecretStr | None = Field(
        None, description="An operator's token; every call but /healthz and /startupz then needs one. Named ones: proofdesk token add"
    )
    allow_open: bool = Field(False, description="Serve on an address that others reach although nobody needs a token")
    allowed_hosts: str = Field(
        "",
        description="Names that the service is called by, comma separated, with a port where a browser shows one; default: on loopback its own, else any",
    )
    calls_per_minute: int = Field(6000, description="Most calls with one token; 0: no limit", ge=0)
    address_calls_per_minute: int = Field(600, description="Most calls from one address where no token is asked for; 0: no limit", ge=0)
    wrong_tokens_per_minute: int = Field(10, description="Wrong tokens taken from one address before it has to wait; 0: no limit", ge=0)
    audit_key: SecretStr | None = Field(None, description="Key of the hashes that stand for erased people; default: one made in the data directory")
    retention_days: int | None = Field(None, description="Finished mail and questions are erased after so many days; default: never", ge=1)

    @field_validator("openai_api_key", "api_token", "webhook_secret", "audit_key", mode="before")
    @classmethod
    def _is_a_key(cls, given: Any, info: ValidationInfo) -> Any:
        raw = given.get_secret_value() if isinstance(given, SecretStr) else given
        if not isinstance(raw, str):
            return given
        found = key(variable(str(info.field_name)), raw)
        if raw and found is None:
            raise Unfit(f"{variable(str(info.field_name))} is blank")
        if found and PLACEHOLDER.fullmatch(found):
            raise Unfit(f"{variable(str(info.field_name))} still holds a placeholder")
        return found

    @field_validator("openai_base_url", "webhook_url", "otlp_endpoint", mode="before")
    @classmethod
    def _is_an_address(cls, given: Any, info: ValidationInfo) -> Any:
        return address(variable(str(info.field_name)), given) if isinstance(given, str) else given

    @field_validator("database_url", mode="before")
    @classmethod
    def _is_bare(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, str):
            return given
        if (password := re.search(r"://[^/@]*:([^/@]*)@", given)) and PLACEHOLDER.fullmatch(password[1]):
            raise Unfit(f"{variable(str(info.field_name))} still holds a placeholder for the password")
        return _bare(given) or None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that the service is called by, `*` for any: a page that leads a stranger's name to a loopback address must not be answered."""
        if given := tuple(name.strip() for name in self.allowed_hosts.split(",") if name.strip()):
            return given
        return () if self.is_loopback else ("*",)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches the address to serve on."""
        return self.host == "localhost" or bool(re.fullmatch(r"127(?:\.\d{1,3}){3}|::1|\[::1\]", self.host))

    @property
    def database(self) -> str:
        """The SQLAlchemy URL to use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'proofdesk.db'}"


def variable(field: str) -> str:
    """Return the name of the environment variable that fills a field."""
    found = Settings.model_fields.get(field)
    alias = found.validation_alias if found else field
    return alias if isinstance(alias, str) else f"PROOFDESK_{field.upper()}"
