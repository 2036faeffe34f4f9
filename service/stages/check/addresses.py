"""Everything in a sentence by which a customer can be sent somewhere: links, mail addresses, phones, short codes, accounts, handles, in whatever disguise."""

import re
import unicodedata
from collections.abc import Iterator

from service.text.folding import fold

_DISGUISES = (
    (re.compile(r"h(?:xx|tt|\*\*)ps?(?=\s*:)|hxxp", re.IGNORECASE), "http"),
    (re.compile(r"\s*[\[({<]\s*(?:\.|dot|punkt|point|punto)\s*[\])}>]\s*", re.IGNORECASE), "."),
    (re.compile(r"\s*[\[({<]\s*(?:@|at|arroba)\s*[\])}>]\s*", re.IGNORECASE), "@"),
    (
        re.compile(
            r"(?<=\w)\s+(?:dot|punkt|point|punto|ponto|punt)\s+(?=(?:com|net|org|info|biz|io|dev|app|online|site|shop|xyz|coop|de|fr|es|it|nl|ru|eu|uk|co)\b)",
            re.IGNORECASE,
        ),
        ".",
    ),
    (re.compile(r"(?<=\w)\s*[。．｡․]\s*(?=\w)"), "."),
)
_TOP = (
    "com|net|org|info|biz|io|co|app|dev|ai|me|tv|cc|to|ly|gg|xyz|top|site|online|shop|store|club|live|link|click|page|space|website|world|today|help|support|services?|"
    "tech|cloud|email|mobi|pro|name|coop|museum|travel|jobs|bank|finance|money|pay|cash|loan|vip|win|bid|icu|fun|art|blog|news|media|group|zone|"
    "uk|de|fr|es|it|nl|be|at|ch|pt|ie|pl|cz|sk|se|no|dk|fi|is|eu|ru|ua|by|cn|jp|kr|in|us|ca|au|nz|br|mx|ar|tr|gr|ro|bg|hu|hr|rs|si|lt|lv|ee|il|za|su|"
    "example|test|invalid|local|onion|xn--[a-z0-9-]+"
)
_DOMAIN = re.compile(rf"(?<![\w@])(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:{_TOP})\b(?![\w-])(?:[:/?#][^\s<>\"')\]]*)?", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:co|com|org|net|ac|gov|edu)\.(?:uk|au|nz|za|jp|in|kr|br|mx|ar|tr|il)|(?:me|ltd|plc)\.uk", re.IGNORECASE)
_SPACED = re.compile(rf"\b(?:[a-z0-9-]\s){{3,}}[a-z0-9-]\s?\.\s?(?:[a-z]\s?){{2,6}}\b|\b[\w-]+\s\.\s(?:{_TOP})\b", re.IGNORECASE)
_SCHEME = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,14}://|(?<![\w/:])//)[^\s<>\"')\]]+"
    r"|\b(?:javascript|data|mailto|tel|sms|file|vbscript|about|blob|ftp|whatsapp|tg|intent):\S+",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<![\w.@/-])(?-i:[a-z0-9])[\w-]+(?:\.(?-i:[a-z])[\w-]+)+(?:[/:?#]\S*)?|\bxn--\S+", re.IGNORECASE)
_TOLD = re.compile(r"\bdot\b[^.]{0,20}\b(?:com|net|org|info|de|uk)\b", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+%-]+\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.])@\w[\w.]{2,}|\b(?:t\.me|wa\.me|bit\.ly|goo\.gl)\S*", re.IGNORECASE)
_IP = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])(?::\d+)?(?:/\S*)?|\b0x[0-9a-f]{8}\b|\[[0-9a-f:]{6,}\]", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.,£€$-])\+?\(?\d[\d ()/.\u00a0-]{5,}\d(?![\w%])")
_SHORT = re.compile(
    r"\b(?:text|sms|whatsapp|send|message|call|ring|dial|phone|schick\w*|sende\w*|senden|ruf\w*|wähl\w*|envoy\w*|appel\w*|env[ií]\w*|llam\w*|invi\w*|chiam\w*|stuur\w*|bel)\b"
    r"[^.?!\n]{0,40}?\b(?:to|on|at|an die|an|unter|au|le|al|el|naar)?\s*(?<![\d+])(?<!\d[ -])(?P<code>\d[\d ]{2,6}\d)\b(?![ -]?\d)(?!\s*(?:days?|hours?|minutes?|times|weeks?|months?|years?|per|%|£|€|\$|people|characters|Uhr|Tag\w*|Stunden?|jours?|heures?))",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{2,4}){3,8}(?:\s[A-Z0-9])?\b")
_ACCOUNT = re.compile(rf"{_IBAN.pattern}|\b(?:bc1|0x)[a-z0-9]{{20,}}\b|\b[13][a-km-zA-HJ-NP-Z1-9]{{25,34}}\b")
_DIGIT_WORDS = "zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|null|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|un|deux|trois|quatre|cinq|sept|huit|neuf"
_SPOKEN = re.compile(rf"\b(?:(?:{_DIGIT_WORDS})\b[\s,-]*){{5,}}", re.IGNORECASE)
_WHAT = ((_SCHEME, "link"), (_EMAIL, "mail address"), (_ACCOUNT, "account"), (_IP, "address"), (_DOMAIN, "address"),
    (_DOTTED, "address"),
    (_TOLD, "address"),
    (_SPACED, "address"), (_HANDLE, "handle"), (_PHONE, "number"), (_SPOKEN, "number"))  # fmt: skip


def unknown(sentence: str, passages: str) -> str | None:
    """Return the first address of a sentence that does not stand in the passages, told as "link 'evil.example'"; None where all do."""
    known = _squeezed(_undisguised(passages))
    runs = set(re.findall(r"\d+", known))
    for kind, words in _found(_undisguised(sentence)):
        squeezed = _squeezed(words)
        if (
            kind == "address"
            and (match := re.fullmatch(r"[\w-]+\s(\.[\w-]+)", words))
            and re.search(rf"(?<!\w){re.escape(match[1])}\b", passages, re.IGNORECASE)
        ):
            continue  # "an .org" of a passage on domains
        if squeezed and not _stands(squeezed, known, runs):
            return f"{kind} {words.strip()!r}"
    return None


def alone(sentence: str, passages: str) -> bool:
    """Tell whether a sentence is nothing but addresses that stand in the passages: a phone number behind "Questions?"."""
    return not re.sub(r"[\W_]", "", blanked(sentence)) and any(True for _ in _found(sentence)) and unknown(sentence, passages) is None


def spelled(sentence: str, passages: str) -> str:
    """Return a sentence with its addresses as the passages write them, so that words alone are compared; what stands in none is left out."""
    for pattern, kind in (*_WHAT, (_SHORT, "short code")):
        sentence = pattern.sub(lambda match, kind=kind: match[0] if _harmless(match[0], kind) else _as_written(match, passages), sentence)  # type: ignore[misc]
    return " ".join(sentence.split())


def _as_written(match: re.Match[str], passages: str) -> str:
    """Return an address, or the short code in a match, in the letters and gaps that the passages write it in."""
    words, before = (match["code"], match[0][: match.start("code") - match.start()]) if "code" in match.re.groupindex else (match[0], "")
    kept = words.rstrip(".,;:!?")
    written = r"[\s()/.\u00a0-]*" if not re.search(r"[^\W\d_]", kept) else r"\s?" if _IBAN.fullmatch(kept) else ""
    bare = [char for char in kept if char.isalnum()] if written else list(re.sub(r"^(?:https?:)?//(?:www\.)?|^www\.", "", kept))
    found = re.search(written.join(map(re.escape, bare)), passages, re.IGNORECASE) if bare else None
    return f"{before}{found[0]}{words[len(kept) :]}" if found else before + " " * len(words)


def blanked(sentence: str) -> str:
    """Return a sentence with its addresses and numbers to call left out: their digits count nothing."""
    for pattern, kind in (*_WHAT, (_SHORT, "short code")):
        sentence = pattern.sub(lambda match, kind=kind: match[0] if kind == "number" and _harmless(match[0], kind) else " " * len(match[0]), sentence)  # type: ignore[misc]
    return sentence


def _stands(squeezed: str, known: str, runs: set[str]) -> bool:
    """Tell whether an address stands in the passages as a whole: not as the beginning or the end of a longer one."""
    if re.fullmatch(r"\+?[\d()]+", squeezed):
        squeezed = re.sub(r"\D", "", squeezed.replace("(0)", ""))
        return any(run == squeezed or (len(squeezed) >= 8 and run.endswith(squeezed[-9:])) for run in runs)
    bare = re.sub(r"^(?:https?:)?//(?:www\.)?|^www\.|/$", "", squeezed)
    return bool(bare) and re.search(rf"(?<![\w.@-]){re.escape(bare)}(?![\w-]|\.\w)", re.sub(r"https?://(?:www\.)?|\bwww\.", " ", known)) is not None


def _found(text: str) -> Iterator[tuple[str, str]]:
    covered: list[tuple[int, int]] = []
    for pattern, kind in _WHAT:
        for match in pattern.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in covered) and not _harmless(match[0], kind):
                covered.append(match.span())
                yield kind, match[0].rstrip(".,;:!?")
    for match in _SHORT.finditer(text):
        if not any(start < match.end("code") and match.start("code") < end for start, end in covered):
            yield "short code", match["code"]


def _harmless(words: str, kind: str) -> bool:
    """Tell whether what looks like a phone number is a date, a time, a price or a range, and what looks like a domain an ending that nobody can own."""
    if kind == "address":
        return _SUFFIX.fullmatch(words.rstrip(".,;:!?")) is not None
    digits = re.sub(r"\D", "", words)
    return (
        kind == "number"
        and bool(digits)
        and (len(digits) < 7 or re.fullmatch(r"\s*\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\s*|\s*\d{4}-\d\d-\d\d\s*", words) is not None)
    )


def _undisguised(text: str) -> str:
    text = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    for pattern, plain in _DISGUISES:
        text = pattern.sub(plain, text)
    return text


def _squeezed(text: str) -> str:
    """Fold a text so that two spellings of one address are the same: phone numbers without their spaces, accounts in one run."""
    folded = fold(_IBAN.sub(lambda match: "".join(match[0].split()), text))
    folded = re.sub(r"(?<=[\d+])\(0\)", "", folded)
    folded = re.sub(r"(?<=[\d)+])[\s()/.-]+(?=[\d(])|\((?=\d)", "", folded)
    return re.sub(r"\s*(@)\s*(?=[\w-]+\s?\.\s?\w)|\s(\.)(?=\w)", lambda match: match[1] or match[2], folded)  # a handle keeps its space
