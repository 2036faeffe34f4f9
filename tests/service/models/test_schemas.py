from pydantic import BaseModel, Field

from service.models import schemas
from service.stages.answering import Written
from service.tickets import Ticket


class _Inner(BaseModel):
    title: str = Field("x", max_length=3)


class _Outer(BaseModel):
    inner: _Inner
    many: list[_Inner] = Field(default=[], max_length=2)


def test_requires_every_key_and_allows_no_other_at_every_depth() -> None:
    schema = schemas.strict(_Outer.model_json_schema())
    inner = schema["$defs"]["_Inner"]
    assert schema["required"] == ["inner", "many"]
    assert inner["required"] == ["title"]
    assert schema["additionalProperties"] is inner["additionalProperties"] is False


def test_leaves_out_what_strict_mode_does_not_take_but_keeps_a_key_of_that_name() -> None:
    schema = schemas.strict(_Outer.model_json_schema())
    assert schema["$defs"]["_Inner"]["properties"] == {"title": {"type": "string"}}
    assert schema["properties"]["many"] == {"type": "array", "items": {"$ref": "#/$defs/_Inner"}}


def test_a_ticket_asks_for_its_three_keys_by_their_names_on_the_wire() -> None:
    schema = schemas.response_format(Ticket)["json_schema"]["schema"]
    assert list(schema["properties"]) == ["customerName", "issueSummary", "urgency"]
    assert {"type": "null"} in schema["properties"]["urgency"]["anyOf"]


def test_is_made_once_for_each_shape() -> None:
    assert schemas.response_format(Written) is schemas.response_format(Written)
