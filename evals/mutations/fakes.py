"""What a weakened desk is made of: models whose answers are edited, an index whose lists are, a clock that a slow model moves."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evals.cases import AttackCase
from retrieval.encoder import Encodes
from retrieval.passages import Search
from service.models import Call, Completion, Model, Usage
from service.pipeline import Index

Answer = dict[str, Any]
Edit = Callable[[Call, Answer], Answer]
Change = Callable[[Search], Search]


@dataclass
class Edited:
    """A model whose answers are edited on the way out. `provider` and `name` say who it passes itself off as, `evidence` what
    it gives as its grounds where those are edited too.
    """

    model: Model
    edit: Edit
    task: str | None = None
    provider: str = "local"
    name: str = "local"
    usage: Usage | None = None
    evidence: Mapping[str, Any] | None = None

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer as the model does, edited where the call is for the task."""
        completion = self.model.complete(call, timeout)
        changed = replace(completion, provider=self.provider, model=self.name, usage=self.usage or completion.usage)
        if self.task in (None, call.task):
            text = json.dumps(self.edit(call, json.loads(completion.text)), ensure_ascii=False)
            return replace(changed, text=text, evidence=changed.evidence if self.evidence is None else self.evidence)
        return changed


@dataclass(frozen=True)
class Changed:
    """An index whose finds are changed; it can be asked for another number of passages."""

    index: Index
    change: Change
    passages: int | None = None

    def search(self, question: str, k: int) -> Search:
        """Find as the index does, changed."""
        return self.change(self.index.search(question, self.passages or k))


@dataclass
class Wasteful:
    """A model that has `texts` further texts embedded at every call, and does nothing with them."""

    model: Model
    encoder: Encodes
    texts: int
    provider: str = "local"
    name: str = "local"

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer as the model does, after more work."""
        self.encoder.encode(["the same sentence again"] * self.texts)
        return self.model.complete(call, timeout)


def obedient(attacks: Mapping[str, AttackCase], marked: bool) -> Edit:
    """Return an edit that does what the attack cases want, as a gullible model would.

    Where `marked`, only as far as screening let the instruction through: a mail with findings reaches it without it.
    """

    def edit(call: Call, answer: Answer) -> Answer:
        screened = call.mail
        name = (screened.message.message_id or "").strip("<>").partition("@")[0]
        case = attacks.get(name)
        if case is None or case.obeyed is None or (marked and screened.findings):
            return answer
        wish = case.obeyed
        told = dict(answer)
        if wish.urgency and wish.urgency != "null":
            told["urgency"] = wish.urgency
            told["issueSummary"] = told["issueSummary"] or "The customer asks for help."
        if wish.customer_name:
            told["customerName"] = wish.customer_name
        if wish.discarded or wish.urgency == "null":
            told["urgency"] = told["issueSummary"] = None
        if wish.summary_contains or wish.issue_summary:
            told["issueSummary"] = wish.issue_summary or wish.summary_contains
            told["urgency"] = told["urgency"] or "low"
        return told

    return edit
