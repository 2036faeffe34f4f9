"""The API's reference as one page without scripts: it needs nobody else's server, and hostile text cannot run in it."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #8888; } h3 code { font-size: 1.05em; } .method { font-weight: 700; }
pre { overflow: auto; padding: .75rem; background: #8881; border-radius: .3rem; } table { border-collapse: collapse; }
td, th { text-align: left; padding: .15rem .9rem .15rem 0; vertical-align: top; }
"""


def page(described: dict[str, Any]) -> str:
    """Return an OpenAPI document as HTML."""
    tags = described.get("tags", [])
    sections = "".join(_section(tag, described) for tag in tags)
    shapes = "".join(_shape(name, shape) for name, shape in sorted(described["components"]["schemas"].items()))
    title, summary = escape(described["info"]["title"]), escape(described["info"].get("summary", ""))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title} API</title><style>{STYLE}</style></head><body><h1>{title} API {escape(described['info']['version'])}</h1><p>{summary} "
        f'Machine-readable: <a href="/openapi.json">openapi.json</a>. Errors are problem documents (RFC 9457).</p>{sections}<h2>Shapes</h2>{shapes}</body></html>'
    )


def _section(tag: dict[str, Any], described: dict[str, Any]) -> str:
    calls = "".join(_call(path, method, call) for path, method, call in _calls(described) if tag["name"] in call.get("tags", []))
    return f"<h2>{escape(tag['name'])}</h2><p>{escape(tag.get('description', ''))}</p>{calls}"


def _calls(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, call in methods.items():
            yield path, method, call


def _call(path: str, method: str, call: dict[str, Any]) -> str:
    inputs = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}{', required' if one.get('required') else ''}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in call.get("parameters", [])
    )
    bodies = " or ".join(
        f"<code>{escape(kind)}</code> {_link(body.get('schema', {}))}" for kind, body in call.get("requestBody", {}).get("content", {}).items()
    )
    outputs = "".join(
        f"<tr><td>{status}</td><td>{escape(given['description'])}</td>"
        f"<td>{', '.join(_link(body.get('schema', {})) or f'<code>{escape(kind)}</code>' for kind, body in given.get('content', {}).items())}</td></tr>"
        for status, given in call["responses"].items()
    )
    return (
        f'<h3><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h3><p>{escape(call.get("description", ""))}</p>'
        + (f"<table>{inputs}</table>" if inputs else "")
        + (f"<p>Body: {bodies}</p>" if bodies else "")
        + f"<table>{outputs}</table>"
    )


def _link(schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if name else ""


def _shape(name: str, shape: dict[str, Any]) -> str:
    examples = "".join(f"<pre>{escape(json.dumps(one, indent=2, ensure_ascii=False))}</pre>" for one in shape.get("examples", []))
    fields = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{_type(value)}</td><td>{escape(value.get('description', ''))}</td></tr>"
        for field, value in shape.get("properties", {}).items()
    )
    return f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{escape(shape.get("description", ""))}</p><table>{fields}</table>{examples}'


def _type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return _link(value)
    if "anyOf" in value:
        return " or ".join(_type(one) for one in value["anyOf"])
    if "enum" in value:
        return " ".join(f"<code>{escape(str(one))}</code>" for one in value["enum"])
    kind = escape(str(value.get("const", value.get("type", "anything"))))
    return f"{kind} of {_type(value['items'])}" if "items" in value else kind
