"""Where things are and with which keys: everything that differs between two machines and cannot change an answer."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent  # of the checkout: release files and prices are part of it


class Settings(BaseSettings):
    """Read from `PROOFDESK_…` variables and `.env`. What can change an answer is in the release instead."""

    model_config = SettingsConfigDict(env_prefix="PROOFDESK_", env_file=".env", extra="ignore", populate_by_name=True)

    data_dir: Path = Field(Path("var"), description="SQLite file, snapshots, encoders, fitted heads and reports")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in the data directory")
    releases_dir: Path = Field(ROOT / "ops/releases", description="Release files, one folder each")
    prompts_dir: Path = Field(ROOT / "service/prompts", description="Prompt folders, one for each name and version")
    prices_dir: Path = Field(ROOT / "ops/prices", description="Dated price overrides")
    host: str = Field("127.0.0.1", description="Address to serve on")
    port: int = Field(8000, description="Port to serve on", ge=0, le=65535)
    workers: int = Field(2, description="Mails handled at the same time by one process", ge=1, le=64)
    max_email_bytes: int = Field(25 * 1024 * 1024, description="Largest email taken, in bytes")
    providers: str = Field("", description="Names of providers to use, comma separated: presets or those of providers_file; default: what has a key")
    providers_file: Path | None = Field(None, description="YAML file with further OpenAI-compatible providers")
    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY", description="Key of the provider `openai`")
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL", description="Base URL of the provider `openai`")
    openai_model: str | None = Field(None, description="Model asked for at `openai` instead of the release's, for servers that name theirs otherwise")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field("INFO", description="Level of the structured log")
    otlp_endpoint: str | None = Field(None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT", description="Where to send OpenTelemetry spans")
    webhook_url: str | None = Field(None, description="Where incidents are sent")
    webhook_secret: SecretStr | None = Field(None, description="Signs what is sent to the webhook")
    api_token: SecretStr | None = Field(None, description="Bearer token asked for by every call but /healthz; default: none is asked for")

    @property
    def database(self) -> str:
        """The SQLAlchemy URL to use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'proofdesk.db'}"
