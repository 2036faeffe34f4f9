"""The worked examples of a prompt: those most like the material, written out as a model is shown them."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from retrieval.encoder import Vectors
from service.arrays import Arrays
from service.models.blanks import tokens
from service.prompting import Material, PromptError, PromptFolder, Rows
from service.questions import Question
from service.screening.screening import Screened

EXAMPLES = 4  # where a prompt's front matter does not say another number under `examples`
_HEAD = 400  # characters that an example is found by: what a mail is about stands at its top

Encode = Callable[[Sequence[str]], Vectors]
Keep = Callable[[str, Callable[[], Arrays]], Arrays]  # gives the arrays kept for a folder's hash, made where there are none


@dataclass(frozen=True)
class Example:
    """A worked example by its id or row number, as a model is shown it."""

    name: str
    text: str


class WorkedExamples:
    """Chooses worked examples. `encode` gives one unit vector a text, to find those most like the material; None takes the first ones.

    A folder's table `worked` is shown where it has one, else `examples`, which the local model learns from. Safe from many threads.
    """

    def __init__(self, encode: Encode | None = None, most: int | None = None, keep: Keep | None = None) -> None:
        self._encode = encode
        self._most = most
        self._keep = keep
        self._lock = threading.Lock()
        self._vectors: dict[str, Vectors] = {}

    def prepare(self, folder: PromptFolder) -> None:
        """Encode a folder's examples, which takes seconds, before the first email has to wait for it."""
        shown = rows(folder)
        if self._encode is None or not shown:
            return
        with self._lock:  # a second thread waits rather than encode the same examples again
            if folder.sha256 not in self._vectors:
                make = partial(_vectors, self._encode, shown)
                self._vectors[folder.sha256] = (self._keep(folder.sha256, make) if self._keep else make())["vectors"]

    def chosen(self, folder: PromptFolder, material: Material, room: int) -> list[Example]:
        """Return the examples most like the material that fit into `room` tokens, best first. Raises PromptError naming one that is none."""
        shown = rows(folder)
        if not shown or "examples" not in folder.blanks:
            return []
        found: list[Example] = []
        for place in self._ranked(folder, shown, material)[: self._most or int(folder.meta.get("examples", EXAMPLES))]:
            name = str(shown[place].get("id", place))
            try:
                example = Example(name, _written(shown[place]))
            except (KeyError, TypeError) as exc:
                raise PromptError(f"prompt {folder.name} {folder.version}: example {name} is neither a mail nor a question: {exc!r}") from exc
            room -= tokens(example.text) + 1
            if room < 0:
                break
            found.append(example)
        return found

    def _ranked(self, folder: PromptFolder, shown: Rows, material: Material) -> list[int]:
        if self._encode is None:
            return list(range(len(shown)))
        self.prepare(folder)
        about = self._encode([_about(material)])[0]
        return [int(place) for place in (-(self._vectors[folder.sha256] @ about)).argsort(kind="stable")]


def rows(folder: PromptFolder) -> Rows:
    """Return the rows of a folder that are shown as worked examples."""
    return folder.tables.get("worked") or folder.tables.get("examples", ())


def _vectors(encode: Encode, shown: Rows) -> Arrays:
    return {"vectors": encode([_head(row) for row in shown])}


def _about(material: Material) -> str:
    if isinstance(material, Screened):
        return f"{material.message.subject}\n{material.text}"[:_HEAD]
    return material.text[:_HEAD] if isinstance(material, Question) else ""


def _head(row: Mapping[str, Any]) -> str:
    return (str(row["question"]) if "question" in row else f"{row.get('subject') or ''}\n{row.get('body', '')}")[:_HEAD]


def _written(row: Mapping[str, Any]) -> str:
    """Write out one worked example: what came in, and the JSON that was right. Raises KeyError for a row of another kind."""
    if "ticket" in row:
        sender = " ".join(part for part in (row.get("from_name"), f"<{row['from_address']}>" if row.get("from_address") else None) if part)
        given = f"Date: {row.get('date') or 'unknown'}\nFrom: {sender}\nSubject: {row.get('subject') or ''}\n\n{row['body']}"
        return f"## Email\n{given}\n## Ticket\n{json.dumps(row['ticket'], ensure_ascii=False)}"
    passages = {f"p{number}": one for number, one in enumerate(row["passages"], 1)}
    listed = "\n".join(f"{label}:\n{one['title']} > {one['heading']}\n{one['text']}" for label, one in passages.items())
    sentences = [one if isinstance(one, dict) else _quoted(one, passages) for one in row["answer"]]
    return f"## Passages\n{listed}\n## Question\n{row['question']}\n## Answer\n{json.dumps({'sentences': sentences}, ensure_ascii=False)}"


def _quoted(quoted: str, passages: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Give a sentence of which a row has the words alone: each is quoted from a passage, so where it stands is what it cites."""
    return {"text": quoted, "citations": [label for label, one in passages.items() if _folded(quoted) in _folded(one["text"])]}


def _folded(text: str) -> str:
    return " ".join(text.split())
