"""What the OpenAPI document says of a call is what the call does."""

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from service.checking import CheckRequest
from service.wire import Line, NewEmail, NewReview


@pytest.mark.parametrize("line", ["tab\there", "end\n", "\x00", "\x7f"])
def test_the_pattern_of_a_line_refuses_what_is_refused(line: str) -> None:
    told = TypeAdapter(Line)
    assert not re.fullmatch(told.json_schema()["pattern"].strip("^$"), line)  # a $ of JSON Schema is the very end
    with pytest.raises(ValidationError):
        told.validate_python(line)


def test_the_pattern_of_a_line_takes_what_is_taken() -> None:
    told = TypeAdapter(Line)
    for line in ("", "Ana López – “so”", "日本"):
        assert re.fullmatch(told.json_schema()["pattern"].strip("^$"), line)
        assert told.validate_python(line) == line


def test_shapes_that_need_one_of_several_fields_say_so() -> None:
    assert {one["required"][0] for one in NewEmail.model_json_schema()["anyOf"]} == {"text", "html", "subject"}
    assert {one["required"][0] for one in CheckRequest.model_json_schema()["oneOf"]} == {"sentence", "answer"}
    assert [one.get("required") for one in NewReview.model_json_schema()["anyOf"]] == [None, ["reason"], ["ticket"], ["answer"]]
