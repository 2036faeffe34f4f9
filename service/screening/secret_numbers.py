"""Card numbers, bank accounts and national ids in a text, told from order numbers by their check digits."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Literal

from service.screening import number_words

Kind = Literal["card", "iban", "national-id"]
Span = tuple[Kind, int, int]

_GAP = r"[ \t./\-_,:*|·•]{0,3}(?:\r?\n[> \t]{0,4})?"
# A lone digit after another is inside a number spelled digit by digit, not at its start.
_CARD_START = re.compile(rf"(?<![^\W_]|\+)(?!(?<=\d.)\d\D)(?=([1-9](?:{_GAP}\d){{11,18}}))[1-9]")
_ISSUER = re.compile(r"4|5[0-8]|2[2-7]|3[0-9]|6|81|9792|8600|9860")  # whose cards have 12 to 19 digits, whatever lengths are in use today
# Ranges and lengths by ISO/IEC 7812 issuers, from the card schemes' own published tables.
_BRAND = re.compile(
    r"4\d{15}(?:\d{3})?"  # Visa; the 13 digits of old are too much like phone numbers
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11}(?:\d\d)?"  # Diners Club
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"  # Maestro
    r"|220[0-4]\d{12}"  # Mir
    r"|(?:508[5-9]|60(?:69|7\d|8\d))\d{12}"  # RuPay
)
_SUMS = re.compile(r"\d{1,3}(?:[ .,'’]\d{3}){3,5}")  # thousands set apart
_LAYOUTS = {(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (8, 8), (4, 4, 4, 2), (4, 4, 4, 3), (4, 4, 8), (8, 4, 4), (4, 12), (12, 4)}
_CARD_WORD = re.compile(
    r"\b(?:cards?|credit|debit|visa|master ?card|amex|american express|maestro|karten?\w*|kredit\w*|carte|bancaire|tarjeta|carta|credito"
    r"|(?:krediet|bank|betaal)?kaart\w*|cart[aã]o|cvv|cvc|expir\w*|exp)\b",
    re.IGNORECASE,
)
_LOOK_BACK = 60  # characters before a number in which a word says what it is

# A number right after one of these is what help is asked about, so it must survive; but of what has its issuer's prefix, length and check digit, only
# what the words of the second call a number that may have all of these by chance.
_ORDINARY = number_words.before(rf"\b(?:{number_words.GOODS}|{number_words.AFFAIRS}|{number_words.REFERENCES}|{number_words.REACHED})|#")
_SAME_SHAPE = number_words.before(rf"\b(?:{number_words.GOODS})", f"{number_words.BETWEEN}|{number_words.REFERENCES}")

_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=(?:[ \t.\-]{0,2}(?:\r?\n[> \t]{0,4})?[A-Za-z0-9]){11})")
_IBAN_REST = re.compile(r"(?:[ \t.\-]{0,2}(?:\r?\n[> \t]{0,4})?[A-Za-z0-9]){11,30}")


@dataclass(frozen=True)
class _Id:
    """A national id that its form and check digits tell without any word beside it."""

    pattern: re.Pattern[str]
    is_valid: Callable[[str], bool]


_NO_PREFIX = ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")  # never allocated, HMRC manual NIM39110


def _rule(module: str) -> Callable[[str], bool]:
    """Return stdnum's check of a kind of number, which is loaded when a text holds something of that shape: few do."""

    def is_valid(number: str) -> bool:
        return bool(import_module(f"stdnum.{module}").is_valid(number))

    return is_valid


_PLAIN = dict(zip("0123456789", range(10), strict=True))
_DOUBLED = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))


def _is_luhn(number: str) -> bool:
    """Tell whether digits end with their check digit by ISO/IEC 7812-1, annex B: a log of a megabyte asks it half a million times."""
    if not (number.isascii() and number.isdigit()):
        return False
    return not (sum(map(_PLAIN.__getitem__, number[::-2])) + sum(map(_DOUBLED.__getitem__, number[-2::-2]))) % 10


def _is_nino(number: str) -> bool:
    return not number.upper().startswith(_NO_PREFIX)


_IDS = (
    _Id(re.compile(r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])"), _rule("us.ssn")),
    _Id(re.compile(r"(?<![\w-])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D](?![\w-])"), _is_nino),
    _Id(re.compile(r"(?<![\w.-])[1-9]\d \d{3} \d{3} \d{3}(?! ?\d)(?!\w)"), _rule("de.idnr")),
    _Id(re.compile(r"(?<![\w.-])\d{2}\.?\d{3}\.?\d{3}[ -]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![\w-])"), _rule("es.dni")),
    _Id(re.compile(r"(?<![\w-])[XYZxyz][ -]?\d{7}[ -]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![\w-])"), _rule("es.nie")),
    _Id(re.compile(r"(?<![\w-])[1-478] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?![\w-])"), _rule("fr.nir")),
    _Id(re.compile(r"(?<!\w)[A-Za-z]{6} ?\d{2} ?[A-Ea-eHhLlMmPpR-Tr-t] ?\d{2} ?[A-Za-z]\d{3} ?[A-Za-z](?!\w)"), _rule("it.codicefiscale")),
    _Id(re.compile(r"(?<![\w.-])756\.?\d{4}\.?\d{4}\.?\d{2}(?![\w-])"), _rule("ch.ssn")),
    _Id(re.compile(r"(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])"), _rule("br.cpf")),
    _Id(re.compile(r"(?<![\w.-])\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?![\w-])"), _rule("be.nn")),
    _Id(re.compile(r"(?<![\w.-])\d{6}[-+A]\d{3}[0-9A-FHJ-NPR-Y](?![\w-])"), _rule("fi.hetu")),
)
# Where the word says what follows, mistyped and foreign ids go too.
_ID_WORD = re.compile(
    r"\b(?:ssn|social security|national insurance|nino|tax(?:payer)? id(?:entification)?|itin|national id|id[- ]card|identity card|passport|driving licen[cs]e"
    r"|driver'?s licen[cs]e|steuer[- ]?id\w*|steuer-?identifikations\w*|(?<!-)idnr|sozialversicherungs\w*|rentenversicherungs\w*|personalausweis\w*|reisepass\w*"
    r"|ausweis\w*|ahv\w*|svnr|numéro de sécurité sociale|sécurité sociale|sécu|carte d'identité|passeport|nir|dni|nie|nif|pasaporte|seguridad social"
    r"|codice fiscale|carta d'identità|passaporto|bsn|burgerservice\w*|sofi\w*|paspoort\w*|identiteitskaart\w*|rijksregister\w*|contribuinte|cartão de cidadão"
    r"|passaporte|niss|cpf|pesel|personnummer|aadhaar|cpr)\b"
    r"[ .]{0,2}(?:(?:numbers?|no|nr|num|numéro|numero|número|nummer|n|card|code|is|was|ist|lautet|es|est|è|é|de|di|do|o|meu|my|mein\w*|mi|mijn|mon)\b[ .°º]{0,2}){0,4}"
    r"[:=#]?\s{0,3}(?P<id>[A-Z0-9](?:[ ./\-]?[A-Z0-9]){4,19})(?!\w)",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[Span]:
    """Give the place of every card number, IBAN and national id. `text` has plain digits and dashes; time is linear in its length."""
    yield from _cards(text)
    yield from _ibans(text)
    for row in _IDS:
        for match in row.pattern.finditer(text):
            if row.is_valid(match[0]) and not _is_ordinary(text, match.start()):
                yield "national-id", *match.span()
    for match in _ID_WORD.finditer(text):
        end = _end_of_id(match["id"])
        if end:
            yield "national-id", match.start("id"), match.start("id") + end


def _end_of_id(run: str) -> int:
    """Return where an id ends in a run of words: at the last group with a digit in it; 0 for too few digits."""
    last = max((match.end() for match in re.finditer(r"\w*\d\w*", run)), default=0)
    return last if sum(one.isdigit() for one in run[:last]) >= 5 else 0


def _is_ordinary(text: str, start: int) -> bool:
    return bool(_ORDINARY.search(text[max(0, start - 48) : start]))


def _cards(text: str) -> Iterator[Span]:
    """Give the cards of a known issuer and length, then what else can only be a card; where both overlap, they are one secret."""
    starts = [(match.start(), match.start(1), numbers) for match in _CARD_START.finditer(text) if (numbers := _checked(text, *match.span(1)))]
    for is_card in (_is_known, _is_likely):
        done = 0
        for at, start, numbers in starts:
            if at < done:
                continue
            before = text[max(0, start - _LOOK_BACK) : start]
            if end := next((end for digits, end in numbers if is_card(digits, text[start:end], before)), 0):
                done = end
                yield "card", at, end


def _checked(text: str, start: int, stop: int) -> list[tuple[str, int]]:
    """List the numbers with a right check digit that start at `start` and end before `stop`, the longest first, with their ends."""
    places = [at for at in range(start, stop) if text[at].isdigit()]
    digits = "".join(text[at] for at in places)
    ends = ((digits[:length], places[length - 1] + 1) for length in range(len(digits), 11, -1))
    return [(number, end) for number, end in ends if not text[end : end + 1].isalnum() and _is_luhn(number) and len(set(number)) > 1]


def _is_known(digits: str, written: str, before: str) -> bool:
    """Tell whether digits are of a known issuer and length, and written or called as a card is."""
    if not _BRAND.fullmatch(digits):
        return False
    sizes = _sizes(written)
    said = bool(_CARD_WORD.search(before))
    return said or sizes in _LAYOUTS or set(sizes) in ({1}, {2}) or (_is_one_number(written) and not _SAME_SHAPE.search(before))


def _is_likely(digits: str, written: str, before: str) -> bool:
    """Tell whether digits with the check digit of a card can only be one: called a card, or an issuer's, written as one number, and called nothing else."""
    if _CARD_WORD.search(before):
        return True
    if not _ISSUER.match(digits) or not _is_one_number(written) or _ORDINARY.search(before):
        return False
    gap, pairs = re.search(r"\D+", written), re.findall(r"\d+", written)
    if gap and before.endswith(gap[0]) and before[: -len(gap[0])][-1:].isdigit():
        return False  # the number begins further to the left
    return max(_sizes(written)) != 2 or pairs != sorted(pairs)  # sizes and prices stand in a row, smallest first


def _sizes(written: str) -> tuple[int, ...]:
    return tuple(len(group) for group in re.findall(r"\d+", written))


def _is_one_number(written: str) -> bool:
    """Tell whether what is between the digits is always the same, and they are no sum of money."""
    return len(set(re.findall(r"\D+", written))) <= 1 and not _SUMS.fullmatch(written)


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN_START.finditer(text):
        length = _iban_length(match[0][:2].upper())
        if not length or not (rest := _IBAN_REST.match(text, match.end())):
            continue
        places = [at for at in range(match.start(), rest.end()) if text[at].isalnum()][:length]
        end = places[-1] + 1
        if not text[end : end + 1].isalnum() and _is_iban("".join(text[at] for at in places)):
            yield "iban", match.start(), end


def _is_iban(number: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(number, check_country=False))


@cache
def _iban_length(country: str) -> int:
    """Return how long the IBANs of a country are, 0 for one that has none."""
    from stdnum import numdb

    _, properties = numdb.get("iban").info(country)[0]
    return 4 + sum(map(int, re.findall(r"\d+", properties["bban"]))) if "bban" in properties else 0
