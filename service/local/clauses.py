"""A sentence cut into its clauses, so that a summary may tell those that matter and leave the others out."""

import re
from dataclasses import dataclass

from service.text import patterns

SHORTEST = 3  # words of a clause; what is shorter stays with the one before
LONG = 9  # words of a clause whose last phrases can be left out
CORE = 5  # words that it must have before the first of them
_SUBJECT = (
    r"(?:(?:I|we|it|he|she|they|you|there|this|that|these|those|nobody|no one|nothing|none|everything|everybody|everyone|somebody|someone|the|my|our|his|her|"
    r"their|your|its|an?|all|both|every|each|one|two|no|not|now|then)\b|\d|\")"
)
_JOINT = patterns.pattern(
    r"\s*;\s+|\s+[-–—]+\s+|\s*[()]\s*|(?<![\d\s]):\s+|[.!?…]+\s+(?=\S)|,\s+"
    rf"|\s+(?=(?:and|but|so|yet)\s+(?:now\s+|then\s+|also\s+|still\s+)?{_SUBJECT})"
    rf"|\s+(?=(?:because|although|though|while|whereas|unless|until|since|when|where|which|who|if|as)\s+{_SUBJECT})",
    re.I,
)
_PHRASE = patterns.pattern(
    r"\s+(?=(?:for|with|without|on|at|in|by|from|after|before|under|during|through|between)\s+(?:(?:the|my|our|his|her|their|your|its|an?|this|that|these|those|all|both|one|two)\b|"
    r"[A-Z\d£€$]))"
)
_LED = patterns.pattern(
    r"^(?:and|but|so|yet|then|now|also|plus|still)\b[\s,]*", re.I
)  # words that join a clause to the one before and are not missed where that is left out
_HANGS = patterns.pattern(
    r"^(?:which|who|whom|whose|that|because|although|though|while|whereas|unless|until|till|since|when|where|if|as|than|or|nor|for|with|without|of|in|on|at|to|by|from|after|"
    r"before|under|over|into|instead|including|like|only to|rather|[a-z]+ing)\b",
    re.I,
)
_VERB_FORMS = (
    r"\b(?:is|are|was|were|am|be|been|has|have|had|does|do|did|will|would|can|could|cannot|may|might|must|should|shall|need|want|went|came|got|gave|took|said|says|made|saw|"
    r"found|left|lost|kept|told|sent|paid|sold|bought|broke|fell|ran|stood|stands|stuck|rang|read|set|shut|put|cut|let|won|felt|held|led|began|became|knew|thought|wrote|goes|"
    r"shows|stays|comes|gets|works|stops|starts|keeps|ends|drops|"
    r"\w+(?:n['’]t|['’](?:re|ve|ll|m|d))|(?:it|he|she|that|there|what|who)['’]s|\w{3,}ed)\b"
)
_VERB = patterns.pattern(  # plurals too: nothing but a dictionary tells "the lamp lights" from "lamp lights"
    rf"{_VERB_FORMS}|\b(?:the|my|our|his|her|their|your|its|this|that|each|every|it|he|she|who|which|nobody|everybody|everything|nothing)\s+(?:[\w'’-]+\s+)?\w{{2,}}[^s\W]s\b"
    r"|^(?=(?:\S+\s+){3}).*\b(?!this|plus|news)\w{2,}[^s\W]s\b",
    re.I,
)
_UNFINISHED = patterns.pattern(  # a core that ends in one of these says nothing without what follows
    rf"(?:\b(?:not|only|just|still|now|again|all|back|up|out|down|over|to|of|and|or|the|an?|more|less|right|there|here)|{_VERB_FORMS})$", re.I
)


_ADDS = patterns.pattern(r"^and\b", re.I)
GOES_ON = patterns.pattern(  # begins with the verb of a subject that stands before
    r"^(?:is|are|was|were|has|have|had|does|did|will|would|can|could|cannot|may|might|must|should|\w+n['’]t|goes|comes|says|shows)\b", re.I
)


@dataclass(frozen=True)
class Clause:
    """One clause: its words, what joins it to the clause before it, and whether it can stand without that one."""

    text: str
    joint: str
    stands: bool


def cut(sentence: str, shortens: bool = True) -> list[Clause]:
    """Cut a sentence at its commas, dashes and brackets, and before the words that begin a clause; put together again they are the sentence.

    `shortens` parts a long clause before its last phrases as well, so that they can be left out.
    """
    found: list[Clause] = []
    start, joint = 0, ""
    for match in [*_JOINT.finditer(sentence), None]:
        text = sentence[start : match.start() if match else len(sentence)].strip()
        after = match[0] if match else ""
        is_scrap = len(text.split()) < SHORTEST and joint.strip() in ("", ",")
        if found and (is_scrap or not text or (_ADDS.match(text) and not _VERB.search(found[-1].text))):  # "the slip and the note say three"
            last = found.pop()
            found.append(Clause(f"{last.text}{joint}{text}", last.joint, last.stands))
        elif text:
            found += _shortened(text, joint) if shortens else [Clause(text, joint, _stands(text))]
        start, joint = (match.end(), after) if match else (start, "")
    return found


def _shortened(text: str, joint: str) -> list[Clause]:
    """Part what follows a long clause's core, each phrase from its preposition on, so that it can be left out."""
    pieces, words = [text], 0
    for match in _PHRASE.finditer(text) if len(text.split()) > LONG else ():
        before = text[: match.start()]
        core = pieces[-1][: len(pieces[-1]) - (len(text) - match.start())]
        words = len(core.split())
        if words < CORE - (len(pieces) > 1) * 2 or before.count('"') % 2 or _UNFINISHED.search(core):
            continue
        pieces[-1:] = [core, text[match.end() :]]
    return [Clause(piece, " " if place else joint, _stands(piece)) for place, piece in enumerate(pieces)]


def bare(text: str) -> str:
    """Return a clause without the word that joins it to the one before."""
    return _LED.sub("", text)


def _stands(text: str) -> bool:
    return not _HANGS.match(bare(text)) and not GOES_ON.match(text) and bool(_VERB.search(text))
