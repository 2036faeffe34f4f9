"""A desk that needs no model: what a mail's subject says decides what becomes of it."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from retrieval.passages import Found, Passage, Search
from service.models import Call, Completion
from service.models.costs import Budget
from service.models.routing import Routed
from service.pipeline import Desk
from service.prompting import PromptFolder
from service.release import PinnedPrompt, Release
from service.stages.check.chain import Checker
from service.trace import Attempt
from tests.service.stages.check.material import BagsOfTokens

PASSAGE = Passage("a1b2c3d4e5f6", "billing.md", "Billing questions", "Charged twice", "The second charge is returned in full within 5 working days.")


def mail(subject: str = "Charged twice", message_id: str | None = None, text: str | None = None, sender: str = "Ana <ana@x.example>") -> bytes:
    """Write a raw mail; what it says is thanks where its subject is."""
    text = text or ("Thank you, all is solved now." if "thanks" in subject else "I was charged twice.\n\nAna")
    head = f"From: {sender}\nTo: help@y.example\nSubject: {subject}\nDate: Wed, 14 Oct 2026 09:12:00 +0000\n"
    return (head + (f"Message-ID: <{message_id}>\n" if message_id else "") + f"\n{text}\n").encode()


class FakeRoutes:
    """Answers every call by the subject of its mail: "explode" raises, "thanks" holds no request, "costly" names a price nobody knows."""

    asks_hosted = False

    def hosted(self, task: str) -> bool:
        """Tell whether a hosted model would be asked."""
        return self.asks_hosted

    def email_budget(self) -> Budget:
        """Open a budget without a limit."""
        return Budget(None)

    def keeping(self, keeps: Any) -> "FakeRoutes":
        """Keep nothing: what it answers costs nothing to ask again."""
        return self

    def complete(
        self, call: Call, accept: Callable[[Completion], Any], record: Callable[[Attempt], None], deadline: float, spent: Any = None
    ) -> Routed[Any]:
        material = call.prompt.material
        cost: Decimal | None = Decimal(0)
        if call.task == "extract":
            subject = material.message.subject
            if "explode" in subject:
                raise RuntimeError(f"boom: {material.text}")
            cost = None if "costly" in subject else Decimal("0.00042")
            asks = None if "thanks" in subject else subject
            answer: dict[str, Any] = {"customerName": None, "issueSummary": asks, "urgency": asks and ("high" if "twice" in subject else "low")}
        else:
            answer = {"sentences": [{"text": PASSAGE.text, "citations": ["p1"]}]}
        completion = Completion(json.dumps(answer), "fake", "fake-1", usd=cost)
        record(Attempt(call.task, "fake", "fake-1", 1.5, input_tokens=812, cached_tokens=0, output_tokens=96, usd=cost))
        return Routed(accept(completion), completion, degraded=False)


class FakeIndex:
    """Finds one passage, and is sure of it unless the question says "unknown"."""

    def search(self, question: str, k: int) -> Search:
        """Find the passage."""
        return Search(question, (Found(PASSAGE, 0.71, 0.7),)[:k], 0.1 if "unknown" in question else 0.8, 0.4)


def folder(name: str) -> PromptFolder:
    """Make an empty prompt folder."""
    return PromptFolder(name, "v1", "0" * 64, {}, "", "", {}, {})


def desk(name: str = "r1") -> Desk:
    """Make a desk of fakes."""
    pins = [PinnedPrompt(name=one, version="v1") for one in ("extract_ticket", "answer_ticket")]
    made: Any = {
        "release": Release(name=name, extract_prompt=pins[0], answer_prompt=pins[1]),
        "extract_prompt": folder("extract_ticket"),
        "answer_prompt": folder("answer_ticket"),
        "routes": FakeRoutes(),
        "index": FakeIndex(),
        "checker": Checker(BagsOfTokens(), lambda sentence, evidence: 0.9),
        "events_seen": lambda screened: frozenset(),
    }
    return Desk(**made)
