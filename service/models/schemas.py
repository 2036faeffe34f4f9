"""The JSON schema of an answer's shape, in the strict subset that every provider which enforces schemas takes."""

from functools import lru_cache
from typing import Any

from pydantic import BaseModel

# Strict mode wants every key required and no other allowed. Bounds, defaults and titles are not in the subset that all take:
# our own validator checks the bounds, and its words go back to the model.
_LEFT_OUT = frozenset({"title", "default", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format", "examples"})


@lru_cache(maxsize=64)
def response_format(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the `response_format` that has a provider keep to the shape. Made once for each shape: do not change it."""
    return {"type": "json_schema", "json_schema": {"name": shape.__name__, "strict": True, "schema": strict(shape.model_json_schema())}}


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a schema whose objects require every key and allow no other."""
    kept = {key: _strict_in(key, value) for key, value in schema.items() if key not in _LEFT_OUT}
    if "properties" in kept:
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept


def _strict_in(key: str, value: Any) -> Any:
    if key in {"properties", "$defs"}:  # here the keys are names, and one may well be called "title"
        return {name: strict(one) for name, one in value.items()}
    if isinstance(value, dict):
        return strict(value)
    if isinstance(value, list):
        return [strict(one) if isinstance(one, dict) else one for one in value]
    return value
