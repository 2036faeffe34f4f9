"""One neutral English sentence made of the words of the sentence that decides a ticket."""

import re
from collections.abc import Sequence

from service.text import patterns, plain
from service.text.word_runs import content
from service.tickets import SUMMARY_CHARACTERS, SUMMARY_WORDS

LONGEST_SENTENCE = 10_000  # characters: what is longer is no sentence
LONGEST_TOPIC = 6  # words of a subject that is quoted
LEAST_SAID = 14  # words of the sentence that must have room beside a topic
SHORTEST_CLAUSE = 4  # words that make a clause worth adding
_NAMED = patterns.pattern(r"[^\W\d_]{3}")
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
    r"please (?:note|be informed|be aware|be advised)(?: that)?\s+)+", re.I)  # fmt: skip
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
_LITTLE = frozenset(
    """and or but the a an to of for in on at with that which so because is are their they from by as if when where who while until though although since
    was were has have had will would into onto over after before about than then its his her your our the company's my""".split()  # noqa: SIM905
)
_LOUD = patterns.pattern(r"!{1,}|\?{2,}|\b(?:ASAP|URGENT(?:LY)?|bloody|damn|fucking|fuck|shit|crap|hell)\b[\s,:!]*", re.I)


def neutral(sentence: str, more: Sequence[str] = (), event: str = "", begins: str = "", topic: str = "") -> str | None:
    """Say in the third person, in at most SUMMARY_WORDS words, what a customer's English sentence says; None where nothing is left of it.

    Uses only words of the customer, apart from who speaks and from `begins`, which says what kind of thing is reported ("reports lost data"). A
    `topic` (the mail's subject) stands in quotes before it where it says something new, and what still fits of `more`, further sentences, best
    first, follows whole or up to a comma.
    """
    said = _quiet(plain.plain(sentence, LONGEST_SENTENCE))
    if not said:
        return None
    opening, rest = _opening(said, event)
    rest = _third_person(rest)
    if opening == "Customer reports: " and begins and not begins_with_it(rest, begins):
        opening = f"Customer {begins}: "
    elif opening == "Customer reports: " and _CLAUSE.match(rest):
        opening = "Customer reports that "
    on = _on(topic, rest, opening)
    summary = _finish(f"{on}{_lower(opening) if on else opening}{rest}", question="asks" in opening and said.endswith("?"))
    for extra in more if not summary.endswith("?") else ():  # a statement behind a question would be asked with it
        summary = _with(summary, _third_person(_lower(_quiet(plain.plain(extra, SUMMARY_CHARACTERS)))))
    return plain.plain(summary, SUMMARY_CHARACTERS)


def begins_with_it(rest: str, begins: str) -> bool:
    """Tell whether a sentence itself names what kind of thing it reports."""
    return bool(content(begins) & content(rest) - {"custom"})


def _on(topic: str, rest: str, opening: str) -> str:
    """Give the topic as the beginning of a summary, empty where it says nothing new, says too much, or leaves too little room."""
    said = _quiet(plain.plain(topic, SUMMARY_CHARACTERS)).rstrip("?").strip()
    words = said.split()
    if not said or len(words) > LONGEST_TOPIC or not _NAMED.search(said) or not content(said) - content(rest):
        return ""
    if len(words) + 1 + len(opening.split()) + min(len(rest.split()), LEAST_SAID) > SUMMARY_WORDS:
        return ""
    return f'On "{said}": '


def _with(summary: str, extra: str) -> str:
    """Add a clause to a summary if it is new, and whole or cut at a comma fits."""
    left = SUMMARY_WORDS - len(summary.split())
    clause = extra.strip(" .?!,;:")
    while len(clause.split()) > left and "," in clause:
        clause = clause.rpartition(",")[0].strip()
    new = content(clause) - content(summary)
    if len(clause.split()) < SHORTEST_CLAUSE or len(clause.split()) > left or len(new) < max(1, len(content(clause)) // 2):
        return summary
    return f"{summary[:-1]}; {clause}{summary[-1] if summary.endswith('?') else '.'}"


def _third_person(text: str) -> str:
    for pattern, to in _SWAPS:
        text = pattern.sub(to, text)
    return text


def _quiet(sentence: str) -> str:
    text = _LOUD.sub(lambda match: "?" if "?" in match[0] else ". " if "!" in match[0] else "", sentence)
    text = " ".join(text.replace("…", " ").split()).strip(" .,;:-–—*>\"'")
    previous = None
    while previous != text:
        previous, text = text, _FILLERS.sub("", text).strip(" ,;:-–—")
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


def _finish(text: str, question: bool) -> str:
    words = re.sub(r"\s+([,.;:?!])", r"\1", " ".join(text.split())).rstrip(" .,;:?!-–—").split()
    if len(words) > SUMMARY_WORDS:
        words = _cut(words)
    sentence = " ".join(words).rstrip(" .,;:?!-–—(")
    if sentence.count("(") > sentence.count(")"):
        sentence += ")"
    if sentence.count('"') % 2:
        sentence += '"'
    return sentence[:1].upper() + sentence[1:] + ("?" if question and "asks: " in sentence else ".")


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
