from pathlib import Path

import pytest
import yaml

from service.models import providers
from service.models.providers import PRESETS, Capabilities, Provider, ProvidersError, configured


def only(environ: dict[str, str], *names: str) -> Provider:
    (provider,) = configured(environ, names).providers
    return provider


def test_without_keys_nothing_is_configured_and_nothing_complained_of() -> None:
    found = configured({"HOME": "/"})
    assert (found.providers, found.left_out) == ((), ())


def test_a_key_configures_its_provider() -> None:
    provider = only({"OPENAI_API_KEY": "sk-1"})
    assert (provider.name, provider.base_url, provider.api_key, provider.prices_as) == ("openai", "https://api.openai.com/v1", "sk-1", "openai")


def test_every_preset_can_be_configured() -> None:
    environ = {preset.url_var: "https://x.example" for preset in PRESETS.values()}
    environ |= {preset.key_var: "k" for preset in PRESETS.values() if preset.key_var}
    found = configured(environ)
    assert {one.name for one in found.providers} == set(PRESETS)
    assert not found.left_out


def test_a_server_of_ones_own_needs_no_key_and_has_no_list_price() -> None:
    provider = only({"OPENAI_BASE_URL": "http://127.0.0.1:18080/v1/", "OPENAI_ORG_ID": "org-1"})
    assert (provider.base_url, provider.api_key, provider.prices_as, provider.headers) == ("http://127.0.0.1:18080/v1", None, None, {})


def test_the_organisation_goes_to_openai() -> None:
    assert only({"OPENAI_API_KEY": "k", "OPENAI_ORG_ID": "org-1"}).headers == {"OpenAI-Organization": "org-1"}


def test_azure_takes_its_endpoint_key_header_and_api_version() -> None:
    provider = only(
        {"AZURE_OPENAI_ENDPOINT": "https://desk.openai.azure.com/", "AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_API_VERSION": "2026-05-01"}
    )
    assert provider.base_url == "https://desk.openai.azure.com/openai/v1"
    assert (provider.key_header, dict(provider.query)) == ("api-key", {"api-version": "2026-05-01"})


@pytest.mark.parametrize(
    ("environ", "name", "why"),
    [
        ({}, "openai", "OPENAI_API_KEY is not set"),
        ({"AZURE_OPENAI_API_KEY": "k"}, "azure", "AZURE_OPENAI_ENDPOINT is not set"),
        ({}, "vllm", "VLLM_BASE_URL is not set"),
        ({"VLLM_BASE_URL": "localhost:8000"}, "vllm", "VLLM_BASE_URL is no http(s) address"),
    ],
)
def test_says_why_a_provider_is_left_out(environ: dict[str, str], name: str, why: str) -> None:
    found = configured(environ, [name])
    assert found.providers == ()
    assert found.left_out == (f"provider {name} is left out: {why}",)


def test_a_server_on_this_machine_is_used_when_it_is_named() -> None:
    assert only({}, "ollama").base_url == "http://127.0.0.1:11434/v1"


def test_names_choose_and_order() -> None:
    environ = {"OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": "b"}
    assert [one.name for one in configured(environ, ["anthropic", "openai"]).providers] == ["anthropic", "openai"]
    assert [one.name for one in configured(environ, ["anthropic"]).providers] == ["anthropic"]


def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ProvidersError, match=r"no provider is called opneai: known are anthropic, azure"):
        configured({}, ["opneai"])


def test_reads_further_providers_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "providers.yaml"
    file.write_text("- {name: house, base_url: 'https://llm.x.example/v1', key_var: HOUSE_KEY, schema: json_object, headers: {X-Team: desk}}\n")
    assert configured({}, file=file).left_out == ("provider house is left out: HOUSE_KEY is not set",)
    (provider,) = configured({"HOUSE_KEY": "k"}, file=file).providers
    assert (provider.base_url, provider.api_key, provider.headers) == ("https://llm.x.example/v1", "k", {"X-Team": "desk"})
    assert provider.capabilities == Capabilities("json_object", "max_tokens")


@pytest.mark.parametrize(
    ("url", "base_url"),
    [
        (" https://llm.x.example/v1 ", "https://llm.x.example/v1"),
        ("HTTP://GPU:8000/V1/", "http://gpu:8000/V1"),
        ("https://llm.x.example/v1/chat/completions", "https://llm.x.example/v1"),
        ("https://llm.x.example/v1/chat/completions/?api-version=1", "https://llm.x.example/v1"),
        ("'https://llm.x.example'", "https://llm.x.example"),
    ],
)
def test_an_address_in_the_file_is_taken_however_it_was_pasted(tmp_path: Path, url: str, base_url: str) -> None:
    file = tmp_path / "providers.yaml"
    file.write_text(yaml.safe_dump([{"name": "house", "base_url": url, "query": {"team": "desk"}}]))
    (provider,) = configured({}, file=file).providers
    assert provider.base_url == base_url
    assert provider.query == ({"api-version": "1", "team": "desk"} if "?" in url else {"team": "desk"})


def test_blanks_round_what_the_file_says_are_no_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "providers.yaml"
    row = {"name": "house ", "base_url": "https://x", "key_var": " HOUSE_KEY", "key_header": " api-key\n", "query": {" v ": " 1 "}}
    file.write_text(yaml.safe_dump([{**row, "headers": {" X-Team": " the desk\n", "X-None": " "}}]))
    (provider,) = configured({"HOUSE_KEY": " k "}, file=file).providers
    assert (provider.name, provider.api_key, provider.key_header) == ("house", "k", "api-key")
    assert (provider.headers, provider.query) == ({"X-Team": "the desk"}, {"v": "1"})


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"base_url": "  "}, "provider 1: base_url: .*base_url is blank"),
        ({"base_url": "http://x.example:99999"}, "provider 1: base_url: .*base_url is no address"),
        ({"base_url": "https://x.example/a b"}, r"provider 1: base_url: .*base_url is no http\(s\) address"),
        ({"headers": {"X-Team": "“desk”"}}, r"provider 1: headers: .*X-Team holds U\+201C at character 1 of 6"),
        ({"headers": {"X-Team": "desk\nX-Other: 1"}}, r"provider 1: headers: .*X-Team holds U\+000A"),
        ({"headers": {"X Team": "desk"}}, "provider 1: headers.X Team"),
        ({"key_header": "api key:"}, "provider 1: key_header"),
        ({"key_var": "sk-secret"}, "provider 1: key_var"),
    ],
)
def test_what_no_call_could_carry_is_refused_by_place(tmp_path: Path, row: dict[str, object], words: str) -> None:
    file = tmp_path / "providers.yaml"
    file.write_text(yaml.safe_dump([{"name": "house", "base_url": "https://x", **row}]))
    with pytest.raises(ProvidersError, match=words) as said:
        configured({}, file=file)
    assert "sk-secret" not in str(said.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: x", "must be a list"),
        ("- {name: X y, base_url: 'https://x'}", "provider 1: name"),
        ("- {name: x, base_url: ftp://x}", "provider 1: base_url"),
        ("- {name: x, base_url: 'https://x', api_key: sk-1}", "provider 1: api_key"),
        ("- [", "providers.yaml"),
    ],
)
def test_says_what_is_wrong_in_the_file(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "providers.yaml"
    file.write_text(text)
    with pytest.raises(ProvidersError, match=words):
        configured({}, file=file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProvidersError, match=r"none\.yaml"):
        configured({}, file=tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"http_proxy": "http://proxy:3128"}, None),
        ({"all_proxy": "http://proxy:1"}, "http://proxy:1"),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "x.example, .openai.com"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "notopenai.com"}, "http://proxy:3128"),
    ],
)
def test_goes_through_the_proxy_that_the_usual_variables_name(variables: dict[str, str], proxy: str | None) -> None:
    assert only({"OPENAI_API_KEY": "k", **variables}).proxy == proxy


def test_needs_no_proxy_to_this_machine() -> None:
    assert only({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "HTTP_PROXY": "http://proxy:3128"}).proxy is None


@pytest.mark.parametrize(
    ("environ", "name", "key"),
    [
        ({"OPENAI_API_KEY": "sk-1\n"}, "openai", "sk-1"),
        ({"ANTHROPIC_API_KEY": " \tsk-2\r\n"}, "anthropic", "sk-2"),
        ({"GEMINI_API_KEY": "'sk-3'"}, "google", "sk-3"),
        ({"VLLM_API_KEY": '"sk-4"\n', "VLLM_BASE_URL": "http://gpu:1/v1"}, "vllm", "sk-4"),
        ({"OLLAMA_BASE_URL": "", "VLLM_API_KEY": "  "}, "ollama", None),
    ],
)
def test_what_files_put_round_a_key_is_no_part_of_it(environ: dict[str, str], name: str, key: str | None) -> None:
    assert only(environ, name).api_key == key


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OPENAI_API_KEY", "“sk-test”", "OPENAI_API_KEY holds U+201C at character 1 of 9"),
        ("ANTHROPIC_API_KEY", "sk-one\nX", "ANTHROPIC_API_KEY holds U+000A at character 7 of 8"),
        ("GEMINI_API_KEY", "sk–dash", "GEMINI_API_KEY holds U+2013 at character 3 of 7"),
        ("OPENAI_ORG_ID", "org 1", "OPENAI_ORG_ID holds U+0020 at character 4 of 5"),
        ("OPENAI_BASE_URL", "http://[::1", "OPENAI_BASE_URL is no address"),
        ("OPENAI_BASE_URL", "http://x.example/v1\nX", "OPENAI_BASE_URL is no http(s) address"),
        ("OPENAI_BASE_URL", "http://x.example:99999/v1", "OPENAI_BASE_URL is no address"),
        ("HTTPS_PROXY", "ftp://proxy:1", "HTTPS_PROXY names a proxy of a kind that is not known here: ftp"),
        ("all_proxy", "http://proxy:port", "ALL_PROXY is no address"),
        ("ALL_PROXY", "socks5://proxy:1080", "ALL_PROXY names a SOCKS proxy, and the package for it is not there"),
        ("all_proxy", "socks://proxy:1080/", "ALL_PROXY names a SOCKS proxy"),
    ],
)
def test_a_value_that_cannot_be_used_leaves_its_provider_out_and_names_the_variable(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "find_spec", lambda name: None)
    found = configured(
        {"OPENAI_API_KEY": "sk-good", variable: value}, ["google"] if "GEMINI" in variable else ["anthropic"] if "ANTHR" in variable else []
    )
    assert not found.providers
    assert words in found.left_out[0]
    assert "sk-" not in found.left_out[0]


@pytest.mark.parametrize(
    ("url", "base_url"),
    [
        ("http://gpu.x.example:8000", "http://gpu.x.example:8000/v1"),
        (" HTTPS://GPU.x.example/V1/chat/completions\n", "https://gpu.x.example/V1"),
        ("'http://gpu:1/v1//'", "http://gpu:1/v1"),
        ("http://gpu:1/openai/v1/chat/completions/", "http://gpu:1/openai/v1"),
    ],
)
def test_an_address_is_taken_however_it_was_pasted(url: str, base_url: str) -> None:
    assert only({"OLLAMA_BASE_URL": url}).base_url == base_url
    assert only({"OPENAI_BASE_URL": url}).base_url == base_url


def test_parameters_of_an_address_are_sent_as_parameters() -> None:
    provider = only({"OPENAI_BASE_URL": "https://gw.x.example/v1?api-version=2026-05-01"})
    assert (provider.base_url, dict(provider.query)) == ("https://gw.x.example/v1", {"api-version": "2026-05-01"})


@pytest.mark.parametrize("pasted", ["/openai/deployments/gpt4", "/openai/deployments/gpt4/chat/completions?api-version=1", "/openai/v1/", "/"])
def test_azure_is_found_from_any_address_that_its_portal_shows(pasted: str) -> None:
    provider = only({"AZURE_OPENAI_ENDPOINT": f"https://desk.openai.azure.com{pasted}", "AZURE_OPENAI_API_KEY": "k"})
    assert provider.base_url == "https://desk.openai.azure.com/openai/v1"


@pytest.mark.parametrize("empty", ["", " ", "''", "\n"])
def test_a_variable_that_is_set_but_empty_is_not_set(empty: str) -> None:
    provider = only({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": empty, "OPENAI_ORG_ID": "org-1"})
    assert (provider.base_url, provider.prices_as, provider.headers) == (
        "https://api.openai.com/v1", "openai", {"OpenAI-Organization": "org-1"},
    )  # fmt: skip


@pytest.mark.parametrize(("value", "proxy"), [("127.0.0.1:18139", "http://127.0.0.1:18139"), ("HTTP://u:p@proxy:1\n", "http://u:p@proxy:1")])
def test_a_proxy_without_a_scheme_is_an_http_proxy(value: str, proxy: str) -> None:
    assert only({"OPENAI_API_KEY": "k", "https_proxy": value}).proxy == proxy
