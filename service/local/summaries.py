"""One neutral English sentence made of the words of the sentence that decides a ticket."""

import re
from collections.abc import Sequence

from service.local import clauses
from service.text import patterns, plain
from service.text.word_runs import content
from service.tickets import SUMMARY_CHARACTERS, SUMMARY_WORDS

LONGEST_SENTENCE = 10_000  # characters: what is longer is no sentence
_FILLERS = patterns.pattern(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings)\b(?:\s+(?:there|all|team|everyone|support|sir|madam|both|folks|again)\b|"
    r"\s+(?:sir or madam|sir/madam)|(?-i:\s+[A-Z][\w'’-]+){0,3})?\s*[,!.:–—-]+\s*|"
    r"(?:urgent|asap|help|sos|important|attention|re|fwd?|fw|aw|wg|question|subject|ps|p\.s\.)\s*[:!,.–—-]+\s*|"
    r"(?:and|but|so|also|now|well|ok|okay|oh|anyway|however|unfortunately|sadly|basically|actually|additionally|furthermore|moreover|again|sorry|sorry but|honestly|"
    r"quick question|just a quick one|one question|long story short|by the way|btw|first of all|firstly|secondly|another thing|one more thing)\b\s*[,:;–—-]*\s+|"
    r"(?:i am|i'm|we are|we're|i|we)\s+(?:just\s+)?(?:writing|emailing|contacting you|reaching out|getting in touch|mailing)(?:\s+(?:to you|you))?\s+"
    r"(?:to (?:say|report|let you know|inform you|tell you|complain|ask)(?: that)?|because|about the fact that|as)\s+|"
    r"(?:i|we)(?:'d| would)? (?:just )?(?:want(?:ed)?|like) to (?:let you know|report|say|inform you|tell you)(?: that)?\s+|"
    r"(?:just )?(?:to let you know|letting you know|wanted to let you know|a heads up|heads up)(?: that)?[,:]?\s+|"
    r"(?:i|we) (?:think|believe|guess|see|notice|noticed|am afraid|'m afraid)(?: that)?\s+(?=(?:i|we|my|our|the|it|there|you)\b)|"
    r"(?:message|fault|description|details|problem|issue|what happened|what went wrong|comments?|request|query|enquiry|item|affected|reason|notes?|ps)\s*[:=]\s+|"
    r"please (?:note|be informed|be aware|be advised)(?: that)?\s+)+", re.I)  # fmt: skip
_GREETED = patterns.pattern(r"(?:dear|hello|hi|hiya|hey|good (?:morning|afternoon|evening|day)|greetings|to)\b[^.?!;:]{0,40}(?<!\bis)", re.I)
_SWAPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (patterns.pattern(pattern, re.I), to)
    for pattern, to in (
        (r"\bI['’]?m\b|\bI am\b", "they are"), (r"\bI was\b", "they were"), (r"\bI wasn['’]?t\b", "they weren't"), (r"\bam I\b", "are they"), (r"\bwas I\b", "were they"),
        (r"\bI['’]ve\b|\bIve\b", "they have"), (r"\bI['’]ll\b", "they will"), (r"\bI['’]d\b", "they would"),
        (r"\bwe['’]re\b", "they are"), (r"\bwe['’]ve\b", "they have"), (r"\bwe['’]ll\b", "they will"), (r"\bwe['’]d\b", "they would"),
        (r"\bmy ?self\b|\bourselves\b", "themselves"), (r"\bmine\b|\bours\b", "theirs"), (r"\b(?:my|our)\b", "their"), (r"\b(?:me|us)\b", "them"), (r"\b(?:I|we)\b", "they"),
        (r"\byou['’]re\b", "the company is"), (r"\byou['’]ve\b", "the company has"), (r"\byou['’]ll\b", "the company will"), (r"\byou['’]d\b", "the company would"),
        (r"\byou are\b", "the company is"), (r"\byou were\b", "the company was"), (r"\byou have\b", "the company has"), (r"\byou do\b", "the company does"), (r"\bhave you\b", "has the company"), (r"\bare you\b", "is the company"), (r"\bdo you\b", "does the company"),
        (r"\b(?:yours)\b", "the company's"), (r"\byour\b", "the company's"), (r"\byourselves\b", "itself"), (r"\byou\b", "the company"),
        (r"\bplease\b,?\s*", ""), (r"\b(?:kindly)\b\s*", ""), (r"\bthe company's (company|firm)\b", r"the \1"),
    )
)  # fmt: skip
_ASKS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (patterns.pattern(pattern, re.I), to)
    for pattern, to in (
        (r"^(?:please |kindly )?(?:can|could|would|will) you (?:please |kindly |possibly )?(?:(?:tell|advise|inform|explain to) (?:me|us) |let (?:me|us) know )(?=how|what|when|where|why|which|who|whether|if)", "Customer asks "),
        (r"^(?:i|we) (?:was|were|am|are)?\s*(?:wonder(?:ing)?|curious) (?=how|what|when|where|why|which|who|whether|if)", "Customer asks "),
        (r"^(?:i|we)(?: would|'d) (?:like|love) to (?:know|ask|find out|understand) (?=how|what|when|where|why|which|who|whether|if)", "Customer asks "),
        (r"^(?:do you know|any idea|does anyone know|is there any chance you know) (?=how|what|when|where|why|which|who|whether|if)", "Customer asks "),
        (r"^(?:how) (?:do|can|could|should|would|shall|might) (?:i|we|one|you) (?:best |actually |go about |exactly )?", "Customer asks how to "),
        (r"^(?:where) (?:do|can|could|should|would) (?:i|we|one|you) ", "Customer asks where to "),
        (r"^(?:what) (?:do|should|can|must) (?:i|we) (?:need to |have to )?do ", "Customer asks what to do "),
        (r"^(?:(?:can|may|could|might) (?:i|we)|am i able to|are we able to|is there (?:a|any) way (?:for me |for us )?(?:to|i can|we can)|is there any option to) (?:please |also |still |just )?(?=\w)", "Customer asks whether they can "),
        (r"^(?:please |kindly )?(?:can|could|would|will) (?:you|someone|somebody|anyone)(?: there| from your team| in your team)? (?:please |kindly |possibly |maybe |just )*", "Customer asks the company to "),
        (r"^would you mind ", "Customer asks about "),
        (r"^is it (?:possible|ok|okay|allowed|normal|safe|true|right) ", "Customer asks whether it is {1} "),
        (r"^(?:what is|what's|what are) ", "Customer asks for "),
        (r"^(?:i|we)(?: would|'d|’d) (?:like|love|prefer) (?:for )?you to ", "Customer asks the company to "),
        (r"^(?:i|we)(?: would|'d|’d) (?:like|love|prefer) to ", "Customer would like to "),
        (r"^(?:i|we) (?:want|wish|need|have|am hoping|hope|are hoping|'m hoping) (?:you )?to ", "Customer wants to "),
        (r"^(?:please|kindly|pls|plz) (?:do not |don't )", "Customer asks the company not to "),
        (r"^(?:please|kindly|pls|plz),? ", "Customer asks the company to "),
        (r"^(?:cancel|close|delete|remove|unsubscribe|change|update|send|resend|refund|stop|take|move|transfer|switch|rename|add|put|give|help|make|fix|reset|restore|confirm|check|replace|forward|issue|correct|call|ring|tell|let|explain|advise) (?=\w)", "Customer asks the company to {0}"),
    )
)  # fmt: skip
_QUESTION_START = patterns.pattern(
    r"^(?:how|what|when|where|why|which|who|whose|does|do|did|is|are|was|were|will|would|has|have|should|shall|any)\b", re.I
)
_CLAUSE = patterns.pattern(
    r"^(?:they|there|it|the company|their|the|this|these|those|nobody|no one|none|every|all|some|someone|somebody|one of|two of|both)\b(?=.*\s\w)",
    re.I,
)
_WRITER = patterns.pattern(r"(?:I|we)(?:\s+(?=\S)|(?=['’]))(?P<verb>[^\W\d_]+(?:['’]t)?|['’](?:m|re|ve|ll|d))\b", re.I)
_DOES = {"am": "is", "'m": "is", "are": "is", "'re": "is", "were": "was", "weren't": "was not", "aren't": "is not", "have": "has", "'ve": "has", "haven't": "has not", "do": "does",
         "don't": "does not", "'ll": "will", "'d": "would", "need": "needs", "want": "wants", "get": "gets", "see": "sees", "find": "finds", "receive": "receives", "pay": "pays",
         "use": "uses", "keep": "keeps", "owe": "owes", "live": "lives", "work": "works", "own": "owns"}  # fmt: skip
_ANY_PERSON = frozenset(
    """was wasn't had hadn't did didn't can can't cannot could couldn't will won't would wouldn't may might must should shouldn't got gave took said made saw found left lost kept told
    sent paid sold bought broke fell ran stood stuck rang held led began became knew thought wrote went came felt met heard brought caught chose drove ate flew forgot spoke
    spent won wore understood""".split()  # noqa: SIM905
)
_LITTLE = frozenset(
    """and or but the a an to of for in on at with that which so because is are their they from by as if when where who while until though although since
    was were has have had will would into onto over after before about than then its his her your our the company's my""".split()  # noqa: SIM905
)
_LOUD = patterns.pattern(r"!{1,}|\?{2,}|\b(?:ASAP|URGENT(?:LY)?|bloody|damn|fucking|fuck|shit|crap|hell)\b[\s,:!]*", re.I)


def quiet(text: str) -> str:
    """Return what a sentence says on one plain line, without greeting, filler or shouting. Empty where nothing is left."""
    return _quiet(plain.unmarked(text, LONGEST_SENTENCE))


def neutral(told: Sequence[str], event: str = "", begins: str = "", topic: str = "") -> str | None:
    """Say in the third person, in at most SUMMARY_WORDS words, what a customer's English sentences say; None where nothing is left of them."""
    text = said(told, event, begins, topic)
    return plain.plain(_finish(text), SUMMARY_CHARACTERS) if text else None


def said(told: Sequence[str], event: str = "", begins: str = "", topic: str = "") -> str:
    """Put a customer's English sentences in the third person, however long; empty where nothing is left of them.

    Uses only words of the customer, apart from who speaks and from `begins`, which says what kind of thing is reported ("reports lost data"). What
    is reported comes before what is asked, whatever their order. A `topic` (the mail's subject) stands in quotes before all of it.
    """
    reports: list[str] = []
    text = ""
    asks: list[tuple[str, str]] = []
    for opening, rest in (_opening(one, event) for one in map(quiet, told) if one):
        if opening.startswith(("Customer reports", "Formal")):
            reports.append(rest)
        else:
            asks.append((opening, _third_person(rest)))
    text = _reported(reports, event, begins)
    for opening, rest in asks:
        text = f"{text}{_joined(text, opening)}{rest.rstrip(' .,;:?!-–—')}"
    if text and asks and asks[-1][0] == "Customer asks: ":
        text += "?"
    quoted = topic.rstrip(" .,;:?!-–—")
    whole = f'On "{quoted}": {_lower(text)}' if quoted and text else text
    return plain.plain(whole, LONGEST_SENTENCE)


def _reported(reports: Sequence[str], event: str, begins: str) -> str:
    """Say what is reported: one clause after another, under what says who speaks."""
    if not reports:
        return ""
    first, *others = (clauses.bare(report).strip(" .,;:?!-–—") for report in reports)
    rest = "".join(f"; {_lower(_third_person(one))}" for one in others)
    if event == "legal_notice":
        return f"Formal notice received: {_lower(_third_person(first))}{rest}"
    if begins and not any(begins_with_it(report, begins) for report in reports):
        return f"Customer {begins}: {_lower(_third_person(first))}{rest}"
    if (own := _WRITER.match(first)) and (does := _does(own["verb"])):
        return f"Customer {does}{_third_person(first[own.end() :])}{rest}"
    told = _lower(_third_person(first))
    return f"Customer reports{' that' if _CLAUSE.match(told) else ':'} {told}{rest}"


def _does(verb: str) -> str:
    """Return a verb that followed "I" or "we" as it follows "customer"; empty where its form is not known."""
    plain_verb = verb.lower().replace("’", "'")
    if plain_verb in _DOES:
        return _DOES[plain_verb]
    return verb if plain_verb in _ANY_PERSON or (plain_verb.endswith("ed") and plain_verb not in ("need", "feed", "speed", "proceed")) else ""


def _joined(before: str, opening: str) -> str:
    """Return how what is asked is joined to what stands before it."""
    if not before:
        return opening
    return "; " if opening in before and opening.endswith(": ") else f", and {opening.removeprefix('Customer ')}"


def begins_with_it(rest: str, begins: str) -> bool:
    """Tell whether a sentence itself names what kind of thing it reports."""
    return bool(content(begins) & content(rest) - {"custom"})


def _third_person(text: str) -> str:
    for pattern, to in _SWAPS:
        text = pattern.sub(to, text)
    return text


def _quiet(sentence: str) -> str:
    text = _LOUD.sub(lambda match: "?" if "?" in match[0] else ". " if "!" in match[0] else "", sentence)
    text = " ".join(text.replace("…", " ").split()).strip(" .,;:-–—*•>")
    if _GREETED.fullmatch(text):
        return ""
    previous = None
    while previous != text:
        previous, text = text, _FILLERS.sub("", text).strip(" ,;:-–—")
    if text.count('"') % 2 or (text[:1] == text[-1:] == '"' and text.count('"') == 2):
        text = text.strip('"')
    letters = [character for character in text if character.isalpha()]
    if letters and sum(character.isupper() for character in letters) > 0.7 * len(letters) and len(letters) > 12:
        text = text.lower()
    return text + ("?" if sentence.rstrip().endswith("?") and not text.endswith("?") else "")


def _opening(said: str, event: str) -> tuple[str, str]:
    for pattern, to in _ASKS if event != "legal_notice" else ():
        if match := pattern.match(said):
            words = match[0].split()
            return to.replace("{0}", words[0].lower() + " ").replace("{1}", words[2] if len(words) > 2 else ""), said[match.end() :]
    if said.endswith("?") or (_QUESTION_START.match(said) and event in ("how_to", "information")):
        return "Customer asks: ", _lower(said)
    return ("Formal notice received: " if event == "legal_notice" else "Customer reports: "), _lower(said)


def _lower(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text if (first.isupper() and len(first) > 1) or first[1:] != first[1:].lower() else text[:1].lower() + text[1:]


def _finish(text: str) -> str:
    question = text.endswith("?")
    words = re.sub(r"\s+([,.;:?!])", r"\1", " ".join(text.split())).rstrip(" .,;:?!-–—").split()
    if len(words) > SUMMARY_WORDS:
        words = _cut(words)
    sentence = " ".join(words).rstrip(" .,;:?!-–—(")
    if sentence.count("(") > sentence.count(")"):
        sentence += ")"
    if sentence.count('"') % 2:
        sentence += '"'
    return sentence[:1].upper() + sentence[1:] + ("?" if question else ".")


def _cut(words: list[str]) -> list[str]:
    """Cut at the last clause end that leaves at least two thirds of what is allowed; else before the last little word, where a phrase begins."""
    kept, fewest = words[:SUMMARY_WORDS], SUMMARY_WORDS * 2 // 3
    for place in range(len(kept) - 1, fewest - 1, -1):
        if kept[place].endswith((",", ";", ".", ":")):
            return kept[: place + 1]
    for place in range(len(kept) - 1, fewest - 1, -1):
        if kept[place].lower() in _LITTLE:
            kept = kept[:place]
            break
    while kept and kept[-1].lower() in _LITTLE:
        kept.pop()
    return kept
