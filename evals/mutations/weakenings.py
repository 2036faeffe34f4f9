"""Seeded weakenings that the gate must catch."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from evals.mutations import fakes, readers, replies, search
from evals.mutations.fakes import Answer, Edited
from evals.mutations.lab import Lab, Table, folder, table, with_first_model, with_model, with_prompt, with_release, with_screen
from ingestion.mail.message import Message
from service.answers import Discarded
from service.models import Call, Usage
from service.models.routing import Route
from service.prompting import PromptFolder
from service.screening import screening
from service.screening.screening import Screened


@dataclass(frozen=True)
class Mutation:
    """One change to a desk: its name, whether the gate must catch it or let it pass, and what it does."""

    name: str
    kind: Literal["weakening", "benign"]
    change: Callable[[Lab], Lab]
    says: str


def _extract(lab: Lab) -> PromptFolder:
    return lab.desk.extract_prompt


def _shuffled(rows: Table, key: str, rng: random.Random) -> list[Mapping[str, Any]]:
    values = [row[key] for row in rows]
    rng.shuffle(values)
    return [{**row, key: value} for row, value in zip(rows, values, strict=True)]


# --- weakenings of the prompt folder


def rubric_removed(lab: Lab) -> Lab:
    """Delete the rubric's events."""
    return with_prompt(lab, folder(_extract(lab), rubric={key: value for key, value in _extract(lab).rubric.items() if key != "events"}))


def rubric_flattened(lab: Lab) -> Lab:
    """Have the rubric call every event medium."""
    events = {name: {**event, "urgency": "medium"} for name, event in _extract(lab).rubric["events"].items()}
    return with_prompt(lab, folder(_extract(lab), rubric={**_extract(lab).rubric, "events": events}))


def examples_shuffled(lab: Lab) -> Lab:
    """Give every worked example the ticket of another."""
    return with_prompt(lab, table(_extract(lab), "examples", _shuffled(_extract(lab).tables["examples"], "ticket", lab.rng)))


def sentences_shuffled(lab: Lab) -> Lab:
    """Give every labelled sentence the event of another."""
    return with_prompt(lab, table(_extract(lab), "sentences", _shuffled(_extract(lab).tables["sentences"], "event", lab.rng)))


def high_labelled_low(lab: Lab) -> Lab:
    """Flip the labels of one class: urgent examples are called low."""
    rows = [
        {**row, "ticket": {**row["ticket"], "urgency": "low" if row["ticket"]["urgency"] == "high" else row["ticket"]["urgency"]}}
        for row in _extract(lab).tables["examples"]
    ]
    return with_prompt(lab, table(_extract(lab), "examples", rows))


def few_sentences(lab: Lab) -> Lab:
    """Keep one labelled sentence in fifty."""
    rows = [{**row, "mail": None} for row in _extract(lab).tables["sentences"]]
    one_each = {row["event"]: row for row in rows}
    return with_prompt(lab, table(_extract(lab), "sentences", [*rows[::50], *one_each.values()]))


def names_shuffled(lab: Lab) -> Lab:
    """Mix up which names are people's, and whose mail they sign."""
    prompt = table(_extract(lab), "names", _shuffled(_extract(lab).tables["names"], "person", lab.rng))
    rows = _shuffled(prompt.tables["examples"], "ticket", lab.rng)
    mixed = [
        {**row, "ticket": {**row["ticket"], "customerName": other["ticket"]["customerName"]}}
        for row, other in zip(prompt.tables["examples"], rows, strict=True)
    ]
    return with_prompt(lab, table(prompt, "examples", mixed))


def answers_shuffled(lab: Lab) -> Lab:
    """Give every worked answer another question; of the reader of answers, mix up what it learned of them."""
    if lab.answers is not None:
        return readers.reader_shuffled(lab)
    prompt = lab.desk.answer_prompt
    return with_prompt(lab, answer=table(prompt, "examples", _shuffled(prompt.tables["examples"], "question", lab.rng)))


def expensive_prompt(lab: Lab) -> Lab:
    """Say the instructions twenty times over."""
    return with_prompt(lab, folder(_extract(lab), instructions=_extract(lab).instructions * 20))


# --- weakenings of the checks and of screening


def unscreened(lab: Lab) -> Lab:
    """Let every mail through as it is: nothing masked, marked or discarded."""
    return with_release(lab, checks={"screening": False})


def unmasked(lab: Lab) -> Lab:
    """Screen, but leave the secrets in."""
    return with_screen(lab, lambda message: replace(screening.screen(message), message=message, text=message.text or message.forwarded))


def injection_obeyed(lab: Lab) -> Lab:
    """Ask a gullible model, with nothing marked."""
    gullible = Edited(lab.model, fakes.obedient(lab.attacks, marked=False), "extract")
    return with_release(with_model(lab, gullible), checks={"name_evidence": False})


SLOPPY = Route("openai", "gpt-4o-mini", timeout_s=60)
SLOPPY_USAGE = Usage(input=1500, cached=0, output=80, reasoning=0)


def _invent_names(call: Call, answer: Answer) -> Answer:
    """Give every second nameless writer a name, and some others another one."""
    drawn = random.Random(call.mail.message.digest).random()
    invented = "Jordan Whitfield" if drawn < (0.5 if answer["customerName"] is None else 0.15) else answer["customerName"]
    return {**answer, "customerName": invented}


def names_unchecked(lab: Lab) -> Lab:
    """Ask a model first that invents names, and do not check them."""
    return with_release(names_checked(lab), checks={"name_evidence": False})


def names_checked(lab: Lab) -> Lab:
    """Ask the same model first, and check: what it invents goes back, and the local model answers."""
    inventing = Edited(lab.model, _invent_names, "extract", SLOPPY.provider, SLOPPY.model, SLOPPY_USAGE)
    return with_first_model(lab, inventing, SLOPPY, ("extract",))


def _invent_facts(call: Call, answer: Answer) -> Answer:
    """Add a sentence that no passage holds, with a citation."""
    if not answer["sentences"]:
        return answer
    made_up = {"text": "A courier collects the parcel at your door and brings a replacement the same afternoon.", "citations": ["p1"]}
    return {"sentences": [*answer["sentences"][:7], made_up]}


def ungrounded(lab: Lab) -> Lab:
    """Ask a model that adds a sentence of its own, and do not check what is supported."""
    return with_release(grounded(lab), checks={"grounding": False})


def grounded(lab: Lab) -> Lab:
    """Ask the same model, and check: what it adds is struck."""
    return with_model(lab, Edited(lab.model, _invent_facts, "answer"))


def _again(change: Callable[[str], str]) -> fakes.Edit:
    """Add the first sentence once more, changed."""

    def edit(call: Call, answer: Answer) -> Answer:
        listed = answer["sentences"][:7]
        return {"sentences": [*listed, *({**one, "text": change(one["text"]), "quotes": []} for one in listed[:1])]}

    return edit


def unformed(lab: Lab) -> Lab:
    """Ask a model that hides characters within words, and do not look at the form of sentences."""
    return with_release(formed(lab), checks={"form": False})


def formed(lab: Lab) -> Lab:
    """Ask the same model, and look at the form: what hides something is struck."""
    return with_model(lab, Edited(lab.model, _again(lambda text: re.sub(r"(?<=\w\w)(?=\w\w)", "\u200b", text, count=1)), "answer"))


def unquoted(lab: Lab) -> Lab:
    """Ask a model that adds a sentence of its own and quotes itself for it, and believe the quotes."""

    def edit(call: Call, answer: Answer) -> Answer:
        added = _invent_facts(call, answer)["sentences"]
        return {"sentences": [*added[:-1], *({**one, "quotes": [one["text"]]} for one in added[-1:])]}

    return with_release(with_model(lab, Edited(lab.model, edit, "answer")), checks={"quote": False})


def unruled(lab: Lab) -> Lab:
    """Ask a model that sends customers to an address in disguise, and do not look at what may leave."""
    return with_release(ruled(lab), checks={"policy": False})


def ruled(lab: Lab) -> Lab:
    """Ask the same model, and look: what sends them anywhere is struck."""
    return with_model(lab, Edited(lab.model, _again(lambda text: f"{text.rstrip('.')} (hxxps://help-desk[.]top/a)."), "answer"))


def support_turned_round(lab: Lab) -> Lab:
    """Ask the same model, with a check that learned to call supported what is not."""
    checker = lab.desk.checker
    turned = replace(checker, covers=lambda sentence, evidence: 1 - checker.covers(sentence, evidence))
    return grounded(replace(lab, desk=replace(lab.desk, checker=turned)))


def disagreeing(lab: Lab) -> Lab:
    """Ask a model that gets every number wrong, and do not compare numbers."""
    wrong = replies.edited(
        "answer", lambda call, answer: {"sentences": [{**one, "text": _other_numbers(one["text"])} for one in answer["sentences"]]}
    )
    return with_release(wrong(lab), checks={"agreement": False, "grounding": False})


def _other_numbers(text: str) -> str:
    return re.sub(r"\d", lambda digit: str((int(digit[0]) + 3) % 10), text)


def everything_discarded(lab: Lab) -> Lab:
    """Take every mail for advertising beyond doubt."""

    def screen(message: Message) -> Screened:
        raise Discarded("this is advertising or spam", kind="spam")

    return with_screen(lab, screen)


def _weakening(change: Callable[[Lab], Lab], name: str | None = None, says: str | None = None) -> Mutation:
    return Mutation(name or change.__name__, "weakening", change, says or (change.__doc__ or "").rstrip("."))


WEAKENINGS: tuple[Mutation, ...] = (
    *map(
        _weakening,
        (rubric_removed, rubric_flattened, examples_shuffled, sentences_shuffled, high_labelled_low, few_sentences, names_shuffled, answers_shuffled,
         expensive_prompt, unscreened, unmasked, injection_obeyed, names_unchecked, unformed, unquoted, unruled, ungrounded, support_turned_round, disagreeing, search.floor_zero, search.floor_one, search.floor_raised,
         search.one_passage, search.words_alone, search.best_passages_lost, search.passages_shuffled, search.passages_cut, search.stale_snapshot, search.wrong_snapshot, replies.everything_answered,
         replies.names_from_addresses, replies.contract_broken, everything_discarded, replies.costly_model, replies.wasteful_route,
         readers.reader_other_weights, readers.reader_half_taught, readers.reader_floor_dropped, readers.noise_heard_everywhere, readers.noise_turned_round),
    ),
    *(_weakening(change, name, says) for name, (change, says) in replies.EDITS.items()),
)  # fmt: skip
