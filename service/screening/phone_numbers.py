"""Phone numbers in a text, told from its other numbers by how they are written and by the words before them."""

import itertools
import re
from collections.abc import Iterator

from service.screening import number_words
from service.text import patterns

_DIGITS = r"\(?\d(?:[ \t./()-]{0,3}\d){6,13}(?!\w)"
_INTERNATIONAL = patterns.pattern(rf"(?<![\w+])\+{_DIGITS}|(?<!\w)00[1-9](?:[ \t./()-]{{0,3}}\d){{8,13}}(?!\w)")
_CALLED = patterns.pattern(
    rf"\b(?:phones?|telephone|telefon\w*|tel|mobile|mobil|cell|handy\w*|call|ring|reach|text|whatsapp|fax|rückruf|téléphone|portable|teléfono|móvil|telefono|cellulare|telefoon|mobiel|telefone|telemóvel)\b"
    rf"[^\d\n+]{{0,24}}?(?P<number>{_DIGITS})",
    re.IGNORECASE,
)
# Digits with what may stand between those of a phone number, as far as they go; not a part of a word, an address, a sum or a time.
_RUN = patterns.pattern(
    r"(?<![\w@#=&?%/$€£+])(?<!\w-)(?<!\d[.,:'])\(?\d(?:[ \t./()-]{0,3}\d){6,}(?![\w@%€$£]|[-_]\w|[./:,']\d|\s?(?:EUR|USD|GBP|CHF|PLN|euros?|zł|kr|kg|km)\b|\s[€$£%])"
)
_MONEY = patterns.pattern(r"(?:[€$£]|\b(?:EUR|USD|GBP|CHF|PLN))\s?$", re.IGNORECASE)
_YEAR = r"(?:19|20)\d\d"
_DATE = patterns.pattern(
    rf"(?<!\d)(?<!\d[./-])(?:\d{{1,2}}[./-]\d{{1,2}}[./-](?:{_YEAR}|\d\d)|\d{{1,2}}\.\d{{1,2}}\.(?=[ -])|{_YEAR}[./-]\d{{1,2}}(?:[./-]\d{{1,2}})?|\d{{1,2}}[./-]{_YEAR}|{_YEAR}[/-]{_YEAR})(?!\d|[./-]\d)"
)
_APART = patterns.pattern(r"\s*[\t/]\s*|\s-\s|\s{2,}")

# As national plans write them; what no prefix or grouping tells from an order number is not here.
_NATIONAL = patterns.pattern(
    r"\(0\d{1,5}\)[ ./-]{0,3}\d(?:[ ./-]{0,3}\d)+"  # an area code in brackets
    r"|\([2-9]\d\d\)[ .-]{0,2}\d{3}[ .-]?\d{4}|(?:1[ .-])?[2-9]\d\d(?P<us>[ .-])\d{3}(?P=us)\d{4}"  # North America
    r"|0[1-9]\d{8,10}"  # in one piece only where a trunk prefix tells
    r"|0[1-9]\d{0,4}(?:(?P<dots>\.)\d{2,}(?:\.\d{2,})*|[ -]{1,2}\d{2,}(?:[ -]\d{2,})*|(?: ?/ ?|-)\d{2,}(?:[ -]\d{2,})*)(?:-\d{1,4})?"
    r"|0 8\d\d(?: \d{2,3}){2,3}"  # France's short and free ones
    r"|(?:\(\d\d\) ?9?\d{4}|\d\d 9\d{4})-\d{4}"  # Brazil
    r"|3\d\d[ /]\d{6,7}"  # Italy's mobiles, and as North America's
    r"|[4-9]\d\d(?P<nine>[ -])\d{3}(?P=nine)\d{3}|[6-9]\d\d(?: \d\d){3}|9\d \d{3} \d\d \d\d|2\d \d{3} \d{4}"  # Spain, Portugal, Poland
    r"|[6-9]\d{4}[ -]\d{5}"  # India
    r"|1[3-9]\d(?P<cn>[ -])\d{4}(?P=cn)\d{4}"  # China
)
_FEWEST, _FEWEST_IN_BRACKETS, _MOST = 9, 7, 15  # digits, E.164 for the most
_NAMES = rf"{number_words.GOODS}|{number_words.AFFAIRS}|{number_words.REFERENCES}|iban|bic|konto\w*|kto|blz|sort code|rekening\w*|cuenta|conto|conta|compte|mitglieds?\w*|vat|ust\w*|tva|btw|mwst|tax|kvk|hrb|siret|siren|licen[cs]e|registration|version|ver|v|build|release|firmware|fw|rev|revision|android|ios|windows|macos"
_GAP = r"[^\w\n,;!?]{0,4}"
# Narrower than what keeps a number from being a card: "in case, my number is" says nothing of a case.
_NAMED = patterns.pattern(
    rf"(?:\b(?:{_NAMES})|#){_GAP}(?:(?:{number_words.BETWEEN})\b{_GAP}){{0,4}}(?::\s{{0,4}})?(?-i:[A-Z]{{1,4}}{_GAP})?$", re.IGNORECASE
)
_IBAN = patterns.pattern(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]{1,4}){0,7}[ -]?$")
_LISTED = patterns.pattern(r"\s*(?:,|;|&|/|\+|(?:,\s*)?\b(?:and|or|und|oder|et|ou|y|o|e|en|of)\b)\s*", re.IGNORECASE)
_LONGEST_ROW = 60  # groups of digits
_LOOK_BACK = 48  # characters before a number in which a word says what it is


def find(text: str) -> Iterator[tuple[int, int]]:
    """Give the place of every phone number: international, called one, or written as one. `text` has plain digits and dashes; time is linear."""
    for match in _INTERNATIONAL.finditer(text):
        if match[0].startswith("+") or not _is_named(text, match.start()):
            yield match.span()
    for match in _CALLED.finditer(text):
        start, end = match.span("number")
        if not _DATE.match(text, start) and not _NAMED.search(text, match.start(), start):
            yield _bare(text, start, end)
    yield from _national(text)


def _national(text: str) -> Iterator[tuple[int, int]]:
    named = -1  # the end of the last number that a word said to be something else
    for match in _RUN.finditer(text):
        start, end = match.span()
        found = list(_phones(text, start, end))
        if found and (_is_named(text, start) or (named >= 0 and _LISTED.fullmatch(text, named, start))):
            named = end
        elif not _MONEY.search(text, max(0, start - 5), start):
            yield from found


def _is_named(text: str, start: int) -> bool:
    """Tell whether what stands before a number says that it numbers something else, or is the first part of it."""
    before = text[max(0, start - _LOOK_BACK) : start]
    return bool(_NAMED.search(before) or _IBAN.search(before))


def _phones(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give what is a phone number in a run of digits: all of it, or its parts between dates and wide gaps."""
    if (found := _phone(text, start, end)) and not _DATE.search(text, start, end):
        yield found
        return
    at = start
    for cut in [*sorted(one.span() for pattern in (_DATE, _APART) for one in pattern.finditer(text, start, end)), (end, end)]:
        if cut[0] > at:
            found = _phone(text, at, cut[0])
            yield from [found] if found else _row(text, at, cut[0])
        at = max(at, cut[1])


def _row(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the phone numbers of a run that is made of them alone, one blank between two; none where anything is left over."""
    groups = [one.span() for one in re.finditer(r"\(?\d+", text[start:end])]
    if len(groups) > _LONGEST_ROW:
        return []
    rows: list[list[tuple[int, int]] | None] = [*([None] * len(groups)), []]  # by the group they begin with
    for first in reversed(range(len(groups))):
        for last in range(first + 1, min(first + 6, len(groups)) + 1):
            place = _bare(text, start + groups[first][0], start + groups[last - 1][1])
            if (rest := rows[last]) is not None and _is_phone(text[slice(*place)]):
                rows[first] = [place, *rest]
                break
    return rows[0] or []


def _phone(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the place of the phone number that a run is, but for a house number or postcode before it and hours after it."""
    groups = [one.span() for one in re.finditer(r"\(?\d+", text[start:end])]
    for first in range(min(3, len(groups))):
        skipped = text[start : start + groups[first][0]]
        if sum(map(str.isdigit, skipped)) > 5 or skipped.strip(" ()0123456789"):
            return None
        for last in range(len(groups), max(first, len(groups) - 3), -1):
            left = text[start + groups[last - 1][1] : end]
            if left and (left[0] != " " or sum(map(str.isdigit, left)) > 4):
                continue
            place = _bare(text, start + groups[first][0], start + groups[last - 1][1])
            if _is_phone(text[slice(*place)]):
                return place
    return None


def _is_phone(written: str) -> bool:
    match = _NATIONAL.fullmatch(written)
    if not match:
        return False
    groups = re.findall(r"\d+", written)
    fewest = _FEWEST_IN_BRACKETS if "(" in written else _FEWEST
    if not fewest <= sum(map(len, groups)) <= _MOST or (match["dots"] and [len(one) for one in groups] == [4, 3, 3]):
        return False  # four and twice three between dots number Belgium's companies
    numbers = [int(one) for one in groups]
    steps = {later - number for number, later in itertools.pairwise(numbers)}
    is_evenly_spaced = len(steps) == 1 and steps.pop() > 0
    is_round = groups[0][0] != "0" and all(number % 10 == 0 for number in numbers)
    return len(groups) < 3 or not (is_evenly_spaced or is_round)  # rooms, sizes and amounts stand in such rows


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a place without a bracket that has no other."""
    written = text[start:end]
    return (start + 1, end) if written.startswith("(") and ")" not in written else (start, end)
