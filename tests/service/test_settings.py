from pathlib import Path

import pytest
from pydantic import ValidationError

from ops.cli import errors
from service.settings import Settings


@pytest.fixture(autouse=True)
def away_from_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("variable", "value", "field", "found"),
    [
        ("PROOFDESK_API_TOKEN", " token-1\r\n", "api_token", "token-1"),
        ("OPENAI_API_KEY", '"sk-1"\n', "openai_api_key", "sk-1"),
        ("PROOFDESK_WEBHOOK_SECRET", "\ufeffwhsec_1\n", "webhook_secret", "whsec_1"),
        ("PROOFDESK_WEBHOOK_URL", "HTTPS://Hooks.x.example/A?b=C\n", "webhook_url", "https://hooks.x.example/A?b=C"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", " 'http://collector:4318' ", "otlp_endpoint", "http://collector:4318"),
        ("PROOFDESK_DATABASE_URL", "postgresql://a:b@c/d\n", "database_url", "postgresql://a:b@c/d"),
        ("PROOFDESK_WEBHOOK_URL", "", "webhook_url", None),
        ("PROOFDESK_PORT", "", "port", 8000),
    ],
)
def test_a_setting_is_what_stands_within_blanks_and_quotes(
    variable: str, value: str, field: str, found: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    read = getattr(Settings(), field)
    assert (read.get_secret_value() if hasattr(read, "get_secret_value") else read) == found


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PROOFDESK_API_TOKEN", "geheim—token"),
        ("PROOFDESK_API_TOKEN", "  "),
        ("OPENAI_API_KEY", "sk-one\nX-Header: 1"),
        ("OPENAI_BASE_URL", "localhost:8000/v1"),
        ("PROOFDESK_WEBHOOK_URL", "hooks.x.example"),
        ("PROOFDESK_WEBHOOK_SECRET", "clé secrète"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("PROOFDESK_WORKERS", "many"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_by_its_variable_and_not_quoted(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert errors.tell(raised.value) == 2
    said = capsys.readouterr().err
    assert variable in said
    assert value not in said
