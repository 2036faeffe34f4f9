"""Prompts as chat messages: what every call shares first, then the most similar examples, then the fenced material."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import yaml

from service.models import Call, Usage, blanks, fencing, schemas
from service.models.blanks import tokens
from service.models.costs import Quote
from service.models.fencing import FENCED
from service.models.worked_examples import Encode, Keep, WorkedExamples
from service.prompting import PromptFolder

TOKENS_PER_MESSAGE = 8
_LONGEST_REJECTED = 4000

SCHEMA = "Return one JSON object and nothing else: no code fence, no words around it. It must be valid against this JSON schema:"
COMPLAINT = "This answer was not accepted: {complaint}\nReturn the whole JSON object once more, corrected."


@dataclass(frozen=True)
class ChatMessage:
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Rendered:
    """A call as it is sent. `tokens` is an estimate; `examples` says which worked examples were chosen (their ids or row numbers), best first.

    `cut` tells that the material had to be shortened to fit the token budget.
    """

    messages: tuple[ChatMessage, ...]
    mark: str
    tokens: int
    examples: tuple[str, ...]
    cut: bool


class Renderer:
    """Turns calls into chat messages; with `hides_contacts` they do not say how a customer is reached. `encode`, `examples` and `keep` are those of
    WorkedExamples. Safe from many threads.
    """

    def __init__(
        self,
        encode: Encode | None = None,
        mark: Callable[[str], str] = fencing.mark,
        examples: int | None = None,
        keep: Keep | None = None,
        hides_contacts: bool = False,
    ) -> None:
        self._mark = mark
        self._hides_contacts = hides_contacts
        self._examples = WorkedExamples(encode, examples, keep)
        self._rubrics: dict[str, str] = {}

    def prepare(self, folder: PromptFolder) -> None:
        """Encode a folder's examples, which takes seconds, before the first email has to wait for it."""
        self._examples.prepare(folder)

    def render(self, call: Call, written_schema: bool = False, most_tokens: int = 16_000) -> Rendered:
        """Render a call within `most_tokens` (estimated), with the schema in words where asked.

        What does not fit goes in this order: the least similar example, the last passage, the middle of the mail. Raises PromptError where
        a blank has no value or not even the instructions fit.
        """
        folder, material = call.prompt.folder, call.prompt.material
        if self._hides_contacts:
            material = blanks.without_contacts(material)
        mark = self._mark("\n".join(blanks.blanks(material, "").values()))
        system = _system(folder, call, written_schema)
        tail = _complaints(call)
        rubric = self._rubric(folder)
        room = most_tokens - estimate([system, *tail, ChatMessage("user", folder.template + rubric)])
        fitted, cut = blanks.fitted(material, mark, room)
        examples = self._examples.chosen(folder, material, room - tokens(" ".join(fitted.values())))
        filled = fitted | {"rubric": rubric, "examples": "\n\n".join(one.text for one in reversed(examples)) or "(none)"}
        user = ChatMessage("user", folder.fill({name: text for name, text in filled.items() if name in folder.blanks}))
        messages = (system, user, *tail)
        return Rendered(messages, mark, estimate(messages), tuple(one.name for one in examples), cut)

    def _rubric(self, folder: PromptFolder) -> str:
        """Write the rubric out, once for each folder: it takes longer than all the rest."""
        if folder.sha256 not in self._rubrics:
            self._rubrics[folder.sha256] = _told(folder.rubric)
        return self._rubrics[folder.sha256]


def estimate(messages: Sequence[ChatMessage]) -> int:
    """Estimate how many tokens messages take."""
    return sum(tokens(one.content) + TOKENS_PER_MESSAGE for one in messages)


def show(rendered: Rendered, max_output_tokens: int, quote: Callable[[Usage], Quote | None]) -> str:
    """Describe a rendered call for a reader: every message as it would be sent, its estimated tokens, and the most that it can cost."""
    most = quote(Usage(rendered.tokens, 0, max_output_tokens, 0))
    parts = [f"── {one.role} " + "─" * 60 + f"\n{one.content}" for one in rendered.messages]
    price = f"at most {_dollars(most.usd)} USD ({most.source})" if most else "price unknown"
    facts = [f"about {rendered.tokens} tokens in, at most {max_output_tokens} out", price, f"examples: {', '.join(rendered.examples) or 'none'}"]
    return "\n\n".join([*parts, "── " + " · ".join([*facts, *(["material cut to fit"] if rendered.cut else [])])])


def _told(rubric: Mapping[str, Any]) -> str:
    """Put a rubric into words: its events one line a level, each by what it says; whatever else there is as YAML."""
    rest = {name: value for name, value in rubric.items() if name not in ("version", "events", "deadlineHours")}
    by_date = f"high where it is due within {rubric.get('deadlineHours')} hours of the email's date, else medium"
    lines = [yaml.safe_dump(rest, sort_keys=False, allow_unicode=True, width=1000).strip()] if rest else []
    levels: dict[str, list[str]] = {}
    for event in rubric.get("events", {}).values():
        level = str(event.get("urgency") or "null")
        levels.setdefault(by_date if level == "by date" else level, []).append(str(event["says"]))
    return "\n".join([*lines, *(f"{level}: {'; '.join(says)}." for level, says in levels.items())])


def _system(folder: PromptFolder, call: Call, written_schema: bool) -> ChatMessage:
    parts = [folder.instructions.strip(), FENCED]
    if written_schema:
        parts.append(f"{SCHEMA}\n{json.dumps(schemas.strict(call.shape.model_json_schema()), ensure_ascii=False)}")
    return ChatMessage("system", "\n\n".join(parts))


def _complaints(call: Call) -> list[ChatMessage]:
    messages = []
    for rejected, complaint in zip(call.rejected, call.complaints, strict=True):
        messages.append(ChatMessage("assistant", rejected[:_LONGEST_REJECTED]))
        messages.append(ChatMessage("user", COMPLAINT.format(complaint=complaint[:_LONGEST_REJECTED])))
    return messages


def _dollars(usd: Decimal) -> str:
    return f"{usd:.6f}".rstrip("0").rstrip(".") or "0"
