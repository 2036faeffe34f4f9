"""Weakenings of what models answer, as a fault of theirs would be, or of a prompt that nobody tried."""

import random
from collections.abc import Callable

from evals.mutations import fakes, search
from evals.mutations.fakes import Answer, Edited, Wasteful
from evals.mutations.lab import Lab, with_first_model, with_model, with_release
from service.models import Call, Usage
from service.models.routing import Route

WASTED = 600  # texts


def edited(task: str, edit: fakes.Edit) -> Callable[[Lab], Lab]:
    """Return the change that has what the model answers to a task edited."""
    return lambda lab: with_model(lab, Edited(lab.model, edit, task))


def _cite(change: Callable[[str], list[str]]) -> fakes.Edit:
    def edit(call: Call, answer: Answer) -> Answer:
        return {"sentences": [{**one, "citations": [label for cited in one["citations"] for label in change(cited)]} for one in answer["sentences"]]}

    return edit


def _next_label(label: str) -> list[str]:
    return [f"p{int(label[1:]) % 6 + 1}"]


def _always_answer(call: Call, answer: Answer) -> Answer:
    label, found = next(iter(call.question.passages.items()))
    return answer if answer["sentences"] else {"sentences": [{"text": found.passage.text.split("\n")[0][:400], "citations": [label]}]}


def everything_answered(lab: Lab) -> Lab:
    """Answer whatever is asked: no floor, and the first words of the best passage where nothing answers."""
    return search.floor_zero(edited("answer", _always_answer)(lab))


def _first_words(call: Call, answer: Answer) -> Answer:
    return {**answer, "issueSummary": " ".join(answer["issueSummary"].split()[:4]) if answer["issueSummary"] else None}


def _one_summary(call: Call, answer: Answer) -> Answer:
    return {**answer, "issueSummary": "The customer has a problem and asks for help." if answer["issueSummary"] else None}


def _medium(call: Call, answer: Answer) -> Answer:
    return {**answer, "urgency": "medium", "issueSummary": answer["issueSummary"] or "The customer writes."}


def _by_tone(call: Call, answer: Answer) -> Answer:
    loud = call.mail.text
    shouted = "!" in loud or "urgent" in loud.lower() or "asap" in loud.lower()
    return {**answer, "urgency": ("high" if shouted else "low") if answer["urgency"] else None}


def _from_address(call: Call, answer: Answer) -> Answer:
    local = (call.mail.message.sender.address or "").partition("@")[0]
    return {**answer, "customerName": " ".join(part.capitalize() for part in local.replace("_", ".").split(".") if part.isalpha()) or None}


def names_from_addresses(lab: Lab) -> Lab:
    """Build names out of mail addresses, unchecked."""
    return with_release(edited("extract", _from_address)(lab), checks={"name_evidence": False})


def contract_broken(lab: Lab) -> Lab:
    """Write the urgency in a word that the contract does not know, one mail in five."""

    def edit(call: Call, answer: Answer) -> Answer:
        rare = random.Random(call.mail.message.digest).random() < 0.2
        return {**answer, "urgency": "critical"} if rare and answer["urgency"] else answer

    return edited("extract", edit)(lab)


def costly_model(lab: Lab) -> Lab:
    """Answer by a hosted model that takes 120,000 tokens a call."""
    usage = Usage(input=120_000, cached=0, output=1_000, reasoning=0)
    model = Edited(lab.model, lambda call, answer: answer, None, "openai", "gpt-4o-mini", usage)
    return with_first_model(lab, model, Route("openai", "gpt-4o-mini", timeout_s=60))


def wasteful_route(lab: Lab) -> Lab:
    """Embed six hundred texts more for every call to a model."""
    return with_model(lab, Wasteful(lab.model, lab.encoder, WASTED))


EDITS: dict[str, tuple[Callable[[Lab], Lab], str]] = {
    "everything_handed_over": (edited("answer", lambda call, answer: {"sentences": []}), "Find no answer in anything"),
    "answers_cut": (edited("answer", lambda call, answer: {"sentences": answer["sentences"][:1]}), "Keep the first sentence of an answer"),
    "citations_stripped": (edited("answer", _cite(lambda label: [])), "Cite nothing"),
    "citations_off_by_one": (edited("answer", _cite(_next_label)), "Cite the passage after the right one"),
    "summary_truncated": (edited("extract", _first_words), "Cut summaries to four words"),
    "summary_empty_words": (edited("extract", _one_summary), "Say the same of every mail"),
    "urgency_always_medium": (edited("extract", _medium), "Call everything medium"),
    "urgency_by_tone": (edited("extract", _by_tone), "Go by exclamation marks and the word urgent"),
    "names_dropped": (edited("extract", lambda call, answer: {**answer, "customerName": None}), "Name nobody"),
    "no_request_seen": (edited("extract", lambda call, answer: dict.fromkeys(answer)), "See a request in no mail"),
}
