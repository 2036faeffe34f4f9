"""Every name that a mail offers for its writer: where it stands, and cut to what is the name."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from service.local import roles
from service.text import patterns
from service.text.folding import unaccented

_TITLES = patterns.pattern(
    r"^(?:(?:i\.\s?[AV]|p\.p|pp|drs|barrister|attorney|familie|familia|famille|mr|mrs|ms|miss|mx|dr|prof|professor|doctor|sir|dame|rev|reverend|fr|herr|frau|hr|sr|sra|srta|señor|señora|don|doña|mme|mlle|madame|monsieur|sig|"
    r"sig\.ra|signora|signor|dott|dott\.ssa|ing|dipl\.-ing|dhr|mevr|mevrouw|capt|captain|col|sgt|lt|hon|judge|avv|maître|me)\.?\s+)+(?=\S)", re.I)  # fmt: skip
_OWN = patterns.pattern(
    r"^(?:ihre?|eure?|euer|deine?|votre|vostr[oa]|vuestr[oa]|jullie|yours?|vossa|vosso)\s+(?-i:(?=[A-ZÀ-Þ]))", re.I
)  # "Ihr Tilo Brandes"
_AFTER_NAME = patterns.pattern(
    r"\s*(?:[,|/(<•·–—]|\s-\s|\s(?:for|from|at) (?:the|our)\b|\b(?:phd|md|mba|esq|jr|sr|llb|bsc|msc|rn|dds|cpa|acca|frcs|ceo|cto)\b).*$", re.I
)
_BESIDE_NAME = patterns.pattern(r"[,|]|\s(?:for|from|at) (?:the|our)\b", re.I)
_KISSES = patterns.pattern(r"\s+x{1,3}$", re.I)
_ON_BEHALF = patterns.pattern(
    r"^.*\b(?:on behalf of|im auftrag von|im namen von|au nom de|en nombre de|per conto di|namens|em nome de)\s+", re.IGNORECASE
)
_WORD = r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*[.’']?"
_NAME = patterns.pattern(rf"{_WORD}(?:\s+{_WORD}){{0,4}}")
_PARTICLES = {"van", "der", "den", "de", "la", "le", "du", "da", "dos", "das", "di", "del", "della", "von", "zu", "bin", "bint", "ibn", "al", "el", "ter", "ten", "y", "e", "af", "av", "ben", "st"}  # fmt: skip
_GOES_ON = {"and", "from", "with", "i", "we", "at", "here", "my", "the", "in", "for", "but", "who", "und", "aus", "von", "mit", "ich", "wir", "bei", "der", "die", "das", "et", "avec", "je", "nous",
            "du", "chez", "y", "con", "soy", "e", "sono", "di", "en", "met", "van", "ik", "wij", "com", "sou", "eu"}  # fmt: skip
_INTRODUCTION = patterns.pattern(
    r"(?:\b(?i:my name is|my name's|my full name is|name is|this is|it is|it's|its|i am|i'm|i’m|im|the name is|ich bin|ich hei(?:ß|ss)e|mein name ist|me llamo|mi nombre es|soy|"
    r"je m'appelle|je suis|mon nom est|mi chiamo|il mio nome è|sono|ik ben|mijn naam is|meu nome é|chamo-me|eu sou|sou|aquí|aqui é|hier (?:ist|is|schreibt))\s+"
    r"(?:(?i:mr|mrs|ms|miss|dr|prof|herr|frau|señora?|mme|m|o|a|el|la|der|die|de|il)\.?\s+)*)"
    rf"(?P<name>{_WORD}(?:\s+{_WORD}){{0,4}})"
)
_HERE = patterns.pattern(
    rf"^\s*(?:(?i:hi|hello|hey|hiya|(?:good )?(?:morning|afternoon|evening|day)|hallo|hola|bonjour|guten (?:tag|morgen|abend)|ciao|olá|hoi)(?:[ \t]+(?i:there|all|team|both|everyone))?[\s,!.]+)?"
    rf"(?P<name>{_WORD}(?:\s+{_WORD}){{0,3}}),?\s+(?:here|speaking|hier|aquí|ici|qui|writing)\b",
    re.M,
)
_HELLO = r"(?i:hi|hello|helo|hey|hiya|(?:good )?(?:morning|afternoon|evening))(?:[ \t]+(?i:there|all|team|workshop|both|desk|everyone))?"
_OF = patterns.pattern(
    rf"^\s*(?:(?:{_HELLO}[\s,!.]+)?(?P<from>(?!{_HELLO}\b|(?i:is|its|it['’]s|i['’]?m|this|here|from)\b){_WORD}(?:[ \t]+{_WORD}){{0,2}})[ \t]+(?:from|at)[ \t]"
    rf"|{_HELLO}[,!.]?[ \t]+(?P<comma>(?!{_HELLO}\b|(?i:is|its|it['’]s|i['’]?m|this|here|from)\b){_WORD}(?:[ \t]+{_WORD}){{0,2}}),[ \t])"
)
_SPEAKS = patterns.pattern(r"\s+(?:here|speaking|writing)$", re.I)
_CONTACT = patterns.pattern(  # a line under a name that says how or where its bearer is reached
    r"^(?:(?:tel|phone|mob|mobile|cell|fax|fon|ext|m|t|p)\b[.:]?\s*)?[+(]?\d[\d\s()/.–-]{5,}$|^\S+@\S+$|^(?:https?://|www\.)\S+$", re.I
)
_SIGN_OFF = patterns.pattern(
    r"^\W*(?:(?:with |many |kind|kindest|best|warm|warmest|my|yours|your|all the|cheers|thanks|thank you|thx|ta|regards|rgds|br|sincerely|respectfully|faithfully|love|"
    r"take care|in anticipation|cordially|mit freundlichen|freundliche|viele|beste|liebe|herzliche|schöne|mfg|lg|vg|gruß|grüße|danke|vielen dank|besten dank|un saludo|"
    r"saludos|atentamente|cordialmente|gracias|muchas gracias|cordialement|bien à vous|salutations|merci|bien cordialement|je vous prie|cordiali|distinti|grazie|saluti|"
    r"un cordiale|met vriendelijke|vriendelijke|groet|groeten|bedankt|dank|groetjes|hartelijke?|mvg|atenciosamente|cumprimentos|obrigad[oa]|abraços?|beijos|com os melhores|sent from|hochachtungsvoll|servus|pozdrawiam|z poważaniem|dziękuję|med vänlig|mvh|vänliga|hälsningar|med venlig|hilsen|venlig hilsen|ystävällisin|terveisin|üdvözlettel|s pozdravem|saygılarımla|vergelt['’]s gott|herzlichst?|"
    r"warmly|fondly|cheerily?|cheery|cheerio|god bless|blessings|in (?:hope|haste)|bises|amitiés|bonne (?:journée|soirée)|à bientôt|(?:un )?abrazos?|recib[ae]n?|besos|baci|buona (?:giornata|serata)|con "
    r"(?:ogni )?(?:riguardo|un cordial|osservanza)|signed(?: off)?(?: by)?:?)\b.*)$",
    re.I,
)  # fmt: skip
_AFTER_COMMA = patterns.pattern(r"^(?:[^,.!?:]{2,40}[,.!]|(?i:signed(?: off)?(?: by)?):?)\s*(?P<name>\S.{1,60})$")
_CLOSING_WORDS = patterns.pattern(
    rf"(?:(?<!\b[A-Z])[.!?)]\s+|\s[-–—/]\s*|\s{{2,}}|\b(?i:thanks|thank you|thx|regards|cheers|best|ta)[,.!]?\s+)(?P<name>{_WORD}(?:\s+{_WORD}){{0,3}})\W*(?:,[^.!?]{{0,40}})?$"
)
_INVERTED = patterns.pattern(rf"({_WORD}(?:\s+{_WORD})?),\s*({_WORD}(?:\s+{_WORD})?)")
_ORGANISATION = patterns.pattern(
    r"\b(?:ltd|limited|llc|inc|gmbh|ag|kg|bv|b\.v|s\.?l|s\.?a|srl|plc|co|corp|team|support|service|services|customer|accounts?|accounting|billing|sales|office|reception|"
    r"admin|desk|department|dept|group|company|club|school|clinic|hotel|shop|store|studio|solutions|systems|bank|mailer|daemon|postmaster|no-?reply|newsletter|info|"
    r"notifications?|alerts?|manager|director|head|assistant|coordinator|officer|owner|founder|partner|associates|solicitors|law|legal|buchhaltung|atención|cliente|"
    r"mobile|phone|tel|street|road|avenue|suite|floor|www|http|order|ticket|ref|it|hr|ict|operations|batch|probe|station|agency|lettings|faculty|university|college|surgery|dental|council|crew|watch|control|webshop|box office|helpdesk|"
    r"recursos humanos|recepción|secretar[ií]a|colegio|azienda|ufficio|crediteuren|debiteuren|leitstand|werkstatt|\w*(?:amt|büro|kanzlei|verein|gemeinde|verwaltung|abteilung)|parroquia|paroisse|parrocchia|paróquia|zentrale|mairie|comptabilité|restaurant|residence|foundation|trust|iphone|android|outlook|mail|confidential|disclaimer|unit|app)\b", re.I)  # fmt: skip

LONGEST_SIGNED = 14  # words of a line that a name begins, with role and place; longer ones are prose
_ADDRESSED = ("from", "forwarded")  # sources that directories and mail programs write, surname first as they like it


@dataclass(frozen=True)
class Candidate:
    """A name that the mail offers: as written, where it stood, and the text around it."""

    name: str
    source: str
    titled: bool = False
    position: float = 0.0


@dataclass(frozen=True)
class Letter:
    """The parts of a mail that can name its writer."""

    text: str
    signature: str
    sender_name: str | None
    sender_address: str | None
    forwarded_from: str | None = None


def candidates(letter: Letter) -> list[Candidate]:
    """List every name the letter offers for its writer, most trusted source first; each source and name once."""
    found: dict[tuple[str, str], Candidate] = {}
    offered = list(_offers(letter))
    offices = {fold(raw.strip()[4:]) for _, raw, _ in offered if raw.strip()[:4].lower() == "the "}  # who signs as "The Parish Clerk" gives no name
    for source, raw, position in offered:
        titled = bool(_TITLES.match(raw.strip()))
        name = clean(raw, is_signed=source not in _ADDRESSED)
        if name and fold(name).removeprefix("the ") not in offices and (key := (source, fold(name))) not in found:
            found[key] = Candidate(name, source, titled, position)
    return list(found.values())


def clean(raw: str, is_signed: bool = False) -> str:
    """Take title, qualification, company and punctuation off a name, and turn "Surname, First" round. Empty where no name is left.

    Who signs writes the first name first: of what is signed, two words before a comma are the whole name, and what follows is a role or a place.
    """
    if "://" in raw:
        return ""
    worn = "".join(" " if unicodedata.category(sign) in {"So", "Sk", "Cs"} or sign in "\ufe0f\u200d" else sign for sign in raw.replace("\u200b", ""))
    text = _ON_BEHALF.sub("", " ".join(worn.split())).strip(" \"'“”*_-–—~.,;:!|#>")
    if (match := _INVERTED.fullmatch(text)) and not (is_signed and _is_whole(match[1])) and not _is_no_name(match[2], match[1]):
        text = f"{match[2]} {match[1]}"
    text = _KISSES.sub("", _AFTER_NAME.sub("", _TITLES.sub("", _OWN.sub("", text) if is_signed else text))).strip(" \"'“”.,;:!")
    if not text.isupper():
        text = re.sub(r"(?<=\s)[A-Z]{3,5}$|(?<=\s)\S*\d\S*$", "", text).strip()  # letters after the name, a class or room number
    return text if _NAME.fullmatch(text) and 1 < len(text) <= 60 else ""


def _is_whole(name: str) -> bool:
    """Tell whether a name has a first name and a surname: "Ana López", not "van Dijk"."""
    first, *others = name.split()
    return bool(others) and first.lower() not in _PARTICLES


def _is_no_name(words: str, before: str) -> bool:
    return is_organisation(words) or roles.is_role(words, before)


def is_organisation(name: str) -> bool:
    """Tell whether a name is that of a company, a team or a mailbox."""
    return bool(_ORGANISATION.search(name))


def fold(text: str) -> str:
    """Return a text without case, accents, punctuation or double spaces, for comparing names."""
    return " ".join(re.sub(r"[^\w\s]", " ", unaccented(text.casefold())).split())


def _offers(letter: Letter) -> Iterator[tuple[str, str, float]]:
    for match in _INTRODUCTION.finditer(letter.text):
        yield "introduction", _trimmed(match["name"]), match.start() / (len(letter.text) or 1)
    for match in _HERE.finditer(letter.text):
        yield "here", _trimmed(match["name"]), match.start() / (len(letter.text) or 1)
    if found := _OF.match(letter.text):
        yield "here", _SPEAKS.sub("", found["from"] or found["comma"]), 0.0
    yield from _end_of_text([line.strip() for line in letter.text.splitlines() if line.strip()])
    after = False
    for place, line in enumerate(line.strip() for line in letter.signature.splitlines() if line.strip()):
        if _SIGN_OFF.match(line):
            after = True
            if same := _AFTER_COMMA.match(line):
                yield "sign_off", same["name"], 1.0
        elif after:
            after = False
            yield "sign_off", line, 1.0
        elif place < 5:
            yield "signature_top" if place == 0 else "signature_rest", line, 1.0
    if letter.forwarded_from:
        yield "forwarded", letter.forwarded_from, 1.0
    if letter.sender_name and "@" not in letter.sender_name:
        name = re.sub(r"\s*(?:\(.*?\)|\bvia\b.*|\bat\b.*|\bfrom\b.*|\bvon\b\s+[A-Z]\w+ (?:GmbH|AG))$", "", letter.sender_name)
        yield "from", name, 0.0


def _end_of_text(lines: list[str]) -> Iterator[tuple[str, str, float]]:
    """Offer what stands at the end of a text where no signature was cut off: a line of its own, or the last words of the last line."""
    while len(lines) > 1 and _CONTACT.match(lines[-1]):
        lines = lines[:-1]
    for place, line in list(enumerate(lines))[-6:]:
        if place and _SIGN_OFF.match(lines[place - 1]) and len(lines[place - 1].split()) <= 8:
            yield "sign_off", line, 1.0
        elif _SIGN_OFF.match(line) and len(line.split()) <= 8 and (same := _AFTER_COMMA.match(line)):
            yield "sign_off", same["name"], 1.0
        elif place and len(_BESIDE_NAME.split(line)[0].split()) <= 5 and len(line.split()) <= LONGEST_SIGNED and not line.endswith(("?", "!")):
            yield "last_line" if place == len(lines) - 1 else "tail", line, 1.0
    if lines and (match := _CLOSING_WORDS.search(lines[-1])):
        yield "closing_words", match["name"], 1.0


def _trimmed(name: str) -> str:
    """Cut a captured run of words at the first one that cannot be part of the name."""
    kept: list[str] = []
    if name.islower():
        return _lower(name)
    for word in name.split():
        if kept and not (word[:1].isupper() or word.lower() in _PARTICLES):
            break
        kept.append(word)
        if word.endswith(".") and len(word) > 3:
            break
    while kept and kept[-1].lower() in _PARTICLES:
        kept.pop()
    return " ".join(kept)


def _lower(name: str) -> str:
    """Cut a run of lower-case words at the first one that goes on with the sentence: "carla ruiz and i" is Carla Ruiz."""
    kept: list[str] = []
    for word in name.split():
        if word in _GOES_ON or (len(kept) == 2 and word not in _PARTICLES):
            break
        kept.append(word)
    while kept and kept[-1] in _PARTICLES:
        kept.pop()
    return " ".join(kept)
