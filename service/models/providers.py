"""Providers: any endpoint that speaks OpenAI's chat completions, and what is known of the usual ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from service import settings
from service.settings import Unfit

Schema = Literal["strict", "json_object", "text"]
_HeaderName = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]  # a token of RFC 9110


class ProvidersError(Exception):
    """A provider is unknown, or the file of providers cannot be read."""


@dataclass(frozen=True)
class Capabilities:
    """What a provider understands: how strictly it keeps to a schema, the name of its output limit, a temperature, streams, usage in a stream."""

    schema: Schema = "strict"
    limit_key: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    temperature: bool = True
    streaming: bool = True
    stream_usage: bool = True


@dataclass(frozen=True)
class Provider:
    """One endpoint with its key. `key_header` carries the key where the endpoint wants it in a header of its own besides Authorization.

    `prices_as` is the provider's name in the price table, None where its calls are not billed by it.
    """

    name: str
    base_url: str
    api_key: str | None = field(default=None, repr=False)
    capabilities: Capabilities = Capabilities()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    key_header: str | None = None
    prices_as: str | None = None
    proxy: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Preset:
    """What is known of a kind of provider: the variables that configure it, and its defaults."""

    key_var: str | None
    url_var: str
    base_url: str | None = None
    url_suffix: str = ""
    needs_key: bool = True
    capabilities: Capabilities = Capabilities()
    key_header: str | None = None
    headers_from: Mapping[str, str] = field(default_factory=dict)  # header name → variable
    query_from: Mapping[str, str] = field(default_factory=dict)  # query parameter → variable
    prices_as: str | None = None


_OWN = Capabilities(limit_key="max_tokens")
PRESETS: Mapping[str, Preset] = {
    "openai": Preset(
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "https://api.openai.com/v1",
        headers_from={"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"},
        prices_as="openai",
    ),
    # Its OpenAI-compatible endpoint ignores response_format: asking for it would promise what nobody keeps.
    "anthropic": Preset(
        "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "https://api.anthropic.com/v1", capabilities=replace(_OWN, schema="text"), prices_as="anthropic"
    ),
    "google": Preset(
        "GEMINI_API_KEY", "GEMINI_BASE_URL", "https://generativelanguage.googleapis.com/v1beta/openai", capabilities=_OWN, prices_as="google"
    ),
    "azure": Preset(
        "AZURE_OPENAI_API_KEY",
        "AZURE_OPENAI_ENDPOINT",
        url_suffix="/openai/v1",
        key_header="api-key",
        query_from={"api-version": "AZURE_OPENAI_API_VERSION"},
        prices_as="azure",
    ),
    "ollama": Preset(None, "OLLAMA_BASE_URL", "http://127.0.0.1:11434/v1", needs_key=False, capabilities=_OWN),
    "vllm": Preset("VLLM_API_KEY", "VLLM_BASE_URL", needs_key=False, capabilities=_OWN),
    "llamacpp": Preset("LLAMACPP_API_KEY", "LLAMACPP_BASE_URL", "http://127.0.0.1:8080/v1", needs_key=False, capabilities=_OWN),
    "litellm": Preset("LITELLM_API_KEY", "LITELLM_BASE_URL", needs_key=False),
}


class _Listed(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    base_url: str
    key_var: str | None = Field(None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    schema_: Schema = Field("strict", alias="schema")
    limit_key: Literal["max_completion_tokens", "max_tokens"] = "max_tokens"
    temperature: bool = True
    streaming: bool = True
    stream_usage: bool = True
    headers: dict[_HeaderName, str] = {}
    query: dict[str, str] = {}
    key_header: _HeaderName | None = None
    prices_as: str | None = None

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, given: str) -> str:
        found = settings.address("base_url", given)
        if found is None:
            raise Unfit("base_url is blank")
        return found

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, given: dict[str, str]) -> dict[str, str]:
        sent = {name: settings.header(name, value) for name, value in given.items()}
        return {name: value for name, value in sent.items() if value}


@dataclass(frozen=True)
class Configured:
    """The providers that can be used, and for each of the others one line that says why it is left out."""

    providers: tuple[Provider, ...]
    left_out: tuple[str, ...]


def configured(environ: Mapping[str, str], names: Sequence[str] = (), file: Path | None = None) -> Configured:
    """Find the providers that `environ` configures: those named, or by default every one of `file` and every preset with its key or URL set.

    Raises ProvidersError for a name that nobody knows and for a file that cannot be read.
    """
    listed = {one.name: one for one in _read(file)} if file else {}
    if unknown := sorted(set(names) - PRESETS.keys() - listed.keys()):
        raise ProvidersError(f"no provider is called {', '.join(unknown)}: known are {', '.join(sorted({*PRESETS, *listed}))}")
    found: list[Provider] = []
    left_out: list[str] = []
    for name in names or (*listed, *(name for name in PRESETS if name not in listed and _is_set(PRESETS[name], environ))):
        try:
            made = _from_file(listed[name], environ) if name in listed else _from_preset(name, PRESETS[name], environ)
            if isinstance(made, Provider):
                made = replace(made, proxy=_proxy(made.base_url, environ))
        except Unfit as exc:
            made = str(exc)
        if isinstance(made, Provider):
            found.append(made)
        else:
            left_out.append(f"provider {name} is left out: {made}")
    return Configured(tuple(found), tuple(left_out))


def _is_set(preset: Preset, environ: Mapping[str, str]) -> bool:
    return bool(environ.get(preset.url_var) or (preset.key_var and environ.get(preset.key_var)))


def _from_preset(name: str, preset: Preset, environ: Mapping[str, str]) -> Provider | str:
    """Return the provider, or why there is none."""
    base_url, asked = _base_url(preset, settings.address(preset.url_var, environ.get(preset.url_var, "")))
    key = _key(preset.key_var, environ)
    if not base_url:
        return f"{preset.url_var} is not set"
    # A server of the customer's own under a known protocol needs no key, and its calls are on nobody's price list.
    is_own = preset.base_url is not None and base_url != preset.base_url
    if not key and preset.needs_key and not is_own:
        return f"{preset.key_var} is not set"
    return Provider(
        name=name,
        base_url=base_url,
        api_key=key,
        capabilities=preset.capabilities,
        headers={} if is_own else _filled(preset.headers_from, environ),
        query=asked | _filled(preset.query_from, environ),
        key_header=preset.key_header,
        prices_as=None if is_own else preset.prices_as,
    )


def _base_url(preset: Preset, own: str | None) -> tuple[str | None, dict[str, str]]:
    """Return the address below which the calls are, and the parameters that came with it, from whatever of it was pasted."""
    if own is None:
        return preset.base_url, {}
    site, path, query = _pasted(own)
    if preset.url_suffix:  # Azure's: an endpoint, or all that its portal shows of a deployment
        path = path.partition("/openai")[0] + preset.url_suffix
    usual = urlsplit(preset.base_url or "").path or "/v1"
    return f"{site}{path or usual}", query


def _pasted(address: str) -> tuple[str, str, dict[str, str]]:
    """Return scheme and host, the path below which the calls are, and the parameters of an address that may be that of the calls themselves."""
    url = urlsplit(address)
    path = url.path.rstrip("/").removesuffix("/chat/completions").rstrip("/")
    return f"{url.scheme}://{url.netloc}", path, dict(parse_qsl(url.query))


def _key(variable: str | None, environ: Mapping[str, str]) -> str | None:
    return settings.key(variable, environ.get(variable, "")) if variable else None


def _filled(variables: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    found = {name: _key(variable, environ) for name, variable in variables.items()}
    return {name: value for name, value in found.items() if value}


def _from_file(listed: _Listed, environ: Mapping[str, str]) -> Provider | str:
    key = _key(listed.key_var, environ)
    if listed.key_var and not key:
        return f"{listed.key_var} is not set"
    site, path, asked = _pasted(listed.base_url)
    return Provider(
        name=listed.name,
        base_url=f"{site}{path}",
        api_key=key,
        capabilities=Capabilities(listed.schema_, listed.limit_key, listed.temperature, listed.streaming, listed.stream_usage),
        headers=listed.headers,
        query=asked | listed.query,
        key_header=listed.key_header,
        prices_as=listed.prices_as,
    )


def _read(file: Path) -> list[_Listed]:
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as exc:
        raise ProvidersError(f"{file}: {exc}") from exc
    if not isinstance(data, list):
        raise ProvidersError(f"{file}: must be a list of providers")
    listed = []
    for number, row in enumerate(data, 1):
        try:
            listed.append(_Listed.model_validate(row))
        except ValidationError as exc:
            faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in exc.errors(include_url=False))
            raise ProvidersError(f"{file}: provider {number}: {faults}") from exc
    return listed


def _proxy(base_url: str, environ: Mapping[str, str]) -> str | None:
    """Find the proxy that the usual variables name for an address; this machine needs none. Raises Unfit for one that cannot be used."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    variables = {name.lower(): value for name, value in environ.items() if name.lower().endswith("_proxy")}
    exempt = {one.strip().lstrip("*.").lower() for one in variables.get("no_proxy", "").split(",")} - {""}
    if variables.get("no_proxy", "").strip() == "*" or host in {"localhost", "127.0.0.1", "::1"}:
        return None
    if any(host == one or host.endswith(f".{one}") for one in exempt):
        return None
    for variable in (f"{url.scheme}_proxy", "all_proxy"):
        if value := variables.get(variable, "").strip():
            return _usable(variable.upper(), value)
    return None


def _usable(variable: str, value: str) -> str:
    """Return a proxy's address as our HTTP client takes it: like curl, one without a scheme is an HTTP proxy."""
    scheme, _, rest = value.rpartition("://")
    scheme = {"": "http", "socks": "socks5"}.get(scheme.lower(), scheme.lower())
    if scheme not in ("http", "https", "socks5", "socks5h"):
        raise Unfit(f"{variable} names a proxy of a kind that is not known here: {scheme}")
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise Unfit(f"{variable} names a SOCKS proxy, and the package for it is not there: pip install socksio")
    settings.address(variable, f"http://{rest}")  # its host and port, with the usual words where they are none
    return f"{scheme}://{rest}"
