"""The quantities that a text states: numbers with their unit or currency, dates and times of day, in one form for both sides of a comparison."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

KEPT = 4096  # texts whose quantities are remembered: those of the questions in hand
_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000, "dozen": 12,
    "ein": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "vierzehn": 14,
    "fünfzehn": 15, "zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "hundert": 100,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "douze": 12, "quinze": 15, "vingt": 20, "trente": 30, "quarante": 40,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "doce": 12, "quince": 15, "veinte": 20, "treinta": 30,
    "tre": 3, "quattro": 4, "cinque": 5, "sette": 7, "nove": 9, "dieci": 10, "dodici": 12, "quindici": 15, "venti": 20, "trenta": 30, "quaranta": 40,
    "twee": 2, "drie": 3, "vijf": 5, "zeven": 7, "negen": 9, "tien": 10, "twaalf": 12, "veertien": 14, "vijftien": 15, "twintig": 20, "dertig": 30,
    "dois": 2, "duas": 2, "três": 3, "quatro": 4, "sete": 7, "oito": 8, "dez": 10, "doze": 12, "vinte": 20, "trinta": 30,
}  # fmt: skip
_UNITS: dict[str, tuple[str, Fraction]] = {
    word: (kind, Fraction(scale))
    for kind, scale, words in (
        ("time", "1/60", "second seconds sec secs sekunde sekunden seconde secondes segundo segundos"),
        ("time", "1", "minute minutes min mins minuten minuto minutos minuti"),
        ("time", "60", "hour hours hr hrs h stunde stunden heure heures hora horas ore uur"),
        ("time", "1440", "day days tag tage tagen jour jours día dias días dia giorno giorni dag dagen night nights nuit nuits"),
        ("time", "10080", "week weeks woche wochen semaine semaines semana semanas settimana settimane weken fortnight"),
        ("work", "1", "working-day working-days business-day business-days weekday weekdays werktag werktage arbeitstag arbeitstage"),
        ("month", "1", "month months monat monate monaten mois mes meses mese mesi maand maanden mês"),
        ("month", "12", "year years yr yrs jahr jahre jahren an ans année années año años anno anni jaar ano anos"),
        ("percent", "1", "% percent per-cent prozent pourcent"),
        ("£", "1", "£ gbp pound pounds quid"), ("£", "1/100", "p pence penny"),
        ("€", "1", "€ eur euro euros"), ("$", "1", "$ usd dollar dollars"), ("¢", "1", "cent cents"), ("chf", "1", "chf fr. franken francs"),
        ("mass", "1", "g gram grams gramm grammes"), ("mass", "1000", "kg kilo kilos kilogram kilograms"), ("mass", "453.592", "lb lbs"),
        ("length", "1", "mm millimetre millimetres"), ("length", "10", "cm centimetre centimetres centimeter centimeters"),
        ("length", "1000", "m metre metres meter meters"), ("length", "1000000", "km kilometre kilometres kilometer kilometers"),
        ("length", "25.4", "inch inches"), ("length", "304.8", "ft foot feet"), ("length", "1609344", "mile miles mi"),
        ("volume", "1", "ml millilitre millilitres"), ("volume", "1000", "l litre litres liter liters"),
        ("data", "1", "kb"), ("data", "1000", "mb megabyte megabytes"), ("data", "1000000", "gb gigabyte gigabytes"), ("data", "1000000000", "tb terabyte terabytes"),
        ("speed", "1", "mph"), ("speed", "0.621371", "kmh kph"), ("degree", "1", "°c °f ° degrees degree"), ("power", "1", "w watt watts"), ("power", "1000", "kw kilowatt kilowatts"), ("energy", "1", "kwh"),
        ("volt", "1", "volt volts"), ("current", "1", "ma"), ("current", "1000", "amp amps"),
    )
    for word in words.split()
} | {
    f"{power}-{word}": ("area" if power in ("square", "sq") else "space", Fraction(scale))
    for power in ("square", "sq", "cubic", "cu")
    for scale, words in (("1", "metre metres meter meters m"), ("0.3048", "foot feet ft"), ("0.9144", "yard yards yd"), ("0.01", "cm centimetre centimetres"))
    for word in words.split()
}  # fmt: skip
MONEY = frozenset({"£", "€", "$", "¢", "chf"})
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan januar janvier enero", "february feb februar février febrero", "march mar märz mars marzo", "april apr avril abril", "may mai mayo",
         "june jun juni juin junio", "july jul juli juillet julio", "august aug août agosto", "september sep sept septembre septiembre",
         "october oct oktober octobre octubre", "november nov novembre noviembre", "december dec dezember décembre diciembre"), 1)
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WORDS = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
_FOLD = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "–": "-", "—": "-", "−": "-", "‑": "-", "’": "'", "½": ".5", "¼": ".25", "¾": ".75"}
)
_DATE = re.compile(
    rf"\b(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d)\b"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?(?P<m2>{_MONTH})\b\.?(?:,?\s+(?:de\s+)?(?P<y2>\d{{4}}))?"
    rf"|\b(?P<m3>{_MONTH})\.?\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(?P<y3>\d{{4}}))?"
    rf"|\b(?P<m4>{_MONTH})\s+(?P<y4>\d{{4}})\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?<![\d£€$.,])(?P<h>\d{1,2})(?::|h|\.(?=\d\d\s*(?:[ap]\.?m\b|Uhr)))(?P<min>[0-5]\d)(?!\d|[.,]\d)\s*(?P<half>[ap]\.?m\b\.?)?|\b(?P<h2>\d{1,2})\s*(?P<half2>[ap]\.?m\b\.?)|\b(?P<word>noon|midday|midnight)\b"
    r"|\b(?P<h3>\d{1,2})\s?(?:Uhr|o'clock|h\b(?=\s*(?:à|bis|-)))",
    re.IGNORECASE,
)
_FROM_TIME = re.compile(  # the first end of "between 2 and 5 pm", which says its half of the day, or that it is a time of day, at the other end alone
    r"(?<![\d£€$.,:])\b(?P<h>\d{1,2})(?=\s*(?:-|to|and|until|till|bis|und|à|et|a|y|e|alle|en|tot|às)\s*(?P<to>\d{1,2})(?::[0-5]\d)?\s*(?:(?P<half>[ap])\.?m\b|uhr\b|o'clock\b))",
    re.IGNORECASE,
)
_DIGITS_OR_WORD = rf"\d[\d.,]*|\b(?:{_WORDS})\b"
_RANGE = re.compile(
    r"(?P<from>\d[\d.,]*)\s*(?:%|[£€$]|[^\W\d_]{0,10})\s*(?:-|to|and|until|bis|à|a)\s*(?:up to\s*)?[£€$]?(?P<to>\d[\d.,]*)"
    r"|(?P<under>\b(?:up to|under|below|less than|fewer than|at most|within|no more than|maximum(?: of)?|until|by|before|bis|unter|jusqu'à|hasta)\b)[^\d£€$.;]{0,12}[£€$]?(?P<most>"
    + _DIGITS_OR_WORD
    + ")"
    r"|(?P<over>\b(?:over|above|from|more than|at least|minimum(?: of)?|after|beyond|since|exceeds?|exceeding|ab|über|à partir de|desde|más de)\b)[^\d£€$.;]{0,12}[£€$]?(?P<least>"
    + _DIGITS_OR_WORD
    + ")"
    r"|[£€$]?(?P<least2>\d[\d.,]*)\s*[^\W\d_]{0,10}\s+(?:and over|or over|or more|and more|or older|and older|plus\b)"
    r"|[£€$]?(?P<most2>\d[\d.,]*)\s*[^\W\d_]{0,10}\s+(?:or less|or fewer|or under|and under|or younger|and younger)",
    re.IGNORECASE,
)
_NUMBER = rf"(?:\d{{1,3}}(?:[,'\u2009]\d{{3}})+(?:\.\d+)?|\d+,\d{{1,2}}(?!\d)|\d*\.?\d+|\b(?:{_WORDS})\b)"
_LIMIT = re.compile(
    r"(?:up to|under|below|less than|fewer than|at most|within|no more than|until|till|by|over|above|more than|at least|minimum of|maximum of|after|beyond|first|last|next|every|each|all)"
    r"\s+(?:the\s+)?[£€$]?$"
)
_ORDINAL = re.compile(r"\b\d+(?:st|nd|rd|th)\b", re.IGNORECASE)
_ONE = re.compile(r"\b(?:an?|one|per|each|every)(?=\s(?:second|minute|hour|day|night|week|month|year|working day)\b)", re.IGNORECASE)
_ONE_WHOLE = re.compile(r"\bone(?=\s(?:calendar|full|whole|further)\s(?:minute|hour|day|night|week|month|year)\b)", re.IGNORECASE)
_ONE_ELSEWHERE = re.compile(
    r"\b(?:eine?[nmrs]?|une?|una|uno|een|uma?)(?=\s(?:sekunde|minute|stunde|tag|nacht|woche|monat|jahr|heure|jour|nuit|semaine|mois|an|année|minuto|hora|día|noche|"
    r"semana|mes|año|ora|giorno|notte|settimana|mese|anno|uur|dag|week|maand|jaar|dia|noite|mês|ano)(?:e?[sn])?\b)",
    re.IGNORECASE,
)
_HALF = re.compile(r"\b(?:half|hälfte|moitié|metà|mitad|metade|helft)\b(?!\s*(?:past|an?\s|hour|day|board))", re.IGNORECASE)  # of something
_ALWAYS = re.compile(r"\b24\s?/\s?7\b")  # around the clock: no number of anything
_GOES_ON = re.compile(r"\s+[a-z]{2}")
_HALF_HOUR = re.compile(r"\bhalf\s(?:an?\s)?hour\b", re.IGNORECASE)
_AND_A_HALF = re.compile(
    rf"(?P<before>\d+|\b(?:{_WORDS})\b)(?P<gap>\s+)(?:and\s+a\s+half|und\s+eine?\s+halbe?|et\s+demie?|y\s+medi[ao]|e\s+mezz[ao]|en\s+een\s+half|e\s+mei[ao])(?=\s+[^\W\d_])"
    rf"|(?P<one>\b(?:an?|one|une?|un[ao]?|um|uma)\b|\d+|\b(?:{_WORDS})\b)(?P<unit>\s+[^\W\d_]{{2,}})\s+(?:and\s+a\s+half|et\s+demie?|y\s+medi[ao]|e\s+mezz[ao]|e\s+mei[ao])\b"
    r"|\b(?P<german>anderthalb|eineinhalb|zweieinhalb|dreieinhalb|viereinhalb|anderhalve?|tweeënhalve?)\b",
    re.IGNORECASE,
)
_AND_HALF_IN_ONE = {
    "anderthalb": 1,
    "eineinhalb": 1,
    "anderhalf": 1,
    "anderhalve": 1,
    "zweieinhalb": 2,
    "tweeënhalf": 2,
    "tweeënhalve": 2,
    "dreieinhalb": 3,
    "viereinhalb": 4,
}
_AND_SMALLER = re.compile(r"\s*(?:,|and|und|et|y|e|en)?\s*", re.IGNORECASE)  # what stands between the parts of "3 hours and 30 minutes"
_COMPOUND = frozenset({"time", "month", "length", "mass"})
_SCALE = r"(?:\s?(?P<many>million|thousand|hundred|k)\b)?"
_QUANTITY = re.compile(
    rf"(?P<sign>[£€$])\s?(?P<n1>{_NUMBER}){_SCALE}"
    rf"|(?P<n2>{_NUMBER})(?:\s?-?\s?(?P<work>working|business)(?:\s|-)(?P<workunit>day|days|hour|hours)\b"
    rf"|\s?-?\s?(?:calendar|consecutive|full|whole|further|more|extra|additional|clear|straight|complete)\s(?P<plain>seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?)\b"
    rf"|\s(?P<power>(?:square|sq|cubic|cu)\.?\s(?:met(?:re|er)s?|m|foot|feet|ft|yards?|yd|cm|centimetres?))\b"
    rf"|\s?-?\s?(?P<unit>%|°[CF]?|€|£|\$|per\s?cent\b|[^\W\d_]+\.?))?",
    re.IGNORECASE,
)
_TOLD = re.compile(r"([^:;|]{2,60}):\s*(?=[\d£€$])")  # a cell told after its column's head
_PER = re.compile(r"\b(?:per|an?|each|every|1)\s+[^\W\d_]+|/\s?[^\W\d_]+")
_ALIKE = re.compile(
    r"(?<![\w-])(?!(?:Under|Over)-\d)[A-Z][A-Za-z]*-?\d[\w-]*|\d+[A-Za-z]{2,}\d\w*"
)  # names with digits: "Kite 2" is two words, "KX-200" is none of ours, "Under-30s" is one


@dataclass(frozen=True)
class Quantity:
    """A number in base units of its kind: minutes, working days, months, pence's pounds, grams, millimetres; "" where no unit is said.

    Dates have kind "date" (`value` month * 100 + day, year apart in `year`), times of day kind "clock" (minutes after midnight; `open` where am or pm is
    not said). `word` is the word that follows a bare number; `soft` marks a one that is said by an article or "per" ("an hour", "per day").
    """

    kind: str
    value: Fraction
    shown: str
    start: int
    word: str = ""
    year: int | None = None
    open: bool = False
    soft: bool = False


def read(text: str) -> list[Quantity]:
    """List the quantities of a text in reading order."""
    return list(_read(text))


@lru_cache(maxsize=KEPT)
def _read(text: str) -> tuple[Quantity, ...]:
    """Read a text once: the units and cells of one question's passages are held against every sentence of its answer."""
    folded = _blanked(_blanked(text.translate(_FOLD), _ALIKE), _ALWAYS)
    found = [*_dates(folded)]
    folded = _DATE.sub(lambda match: " " * len(match[0]) if _is_date(match) else match[0], folded)
    found += [*_times(folded), *_first_ends(folded)]
    folded = _blanked(_blanked(folded, _FROM_TIME), _TIME)
    folded = _blanked(folded, _ORDINAL)
    folded = _HALF_HOUR.sub(lambda match: "30 minutes".ljust(len(match[0])), folded)
    folded = _AND_A_HALF.sub(_in_figures, folded)
    found += [Quantity("percent", Fraction(50), match[0], match.start(), soft=True) for match in _HALF.finditer(folded)]
    soft = {match.start() for pattern in (_ONE, _ONE_WHOLE) for match in pattern.finditer(folded)}
    soft |= {match.end() - 1 for match in _ONE_ELSEWHERE.finditer(folded)}
    folded = _ONE_ELSEWHERE.sub(lambda match: "1".rjust(len(match[0])), _ONE.sub(lambda match: "1".ljust(len(match[0])), folded))
    found += _compounds([replace(one, soft=one.start in soft) for one in _numbers(folded)], folded)
    return tuple(sorted(found, key=lambda one: one.start))


def states(evidence: list[Quantity], wanted: Quantity) -> bool | None:
    """Tell whether evidence states a quantity: True, False where the number stands there with another unit, None where it does not stand there."""
    near = [(_same(one, wanted), one) for one in evidence]
    if wanted.kind and any(found is False for found, _ in near):  # a bare number elsewhere says nothing where it stands here with another unit
        near = [(found, one) for found, one in near if one.kind]
    told = {found for found, _ in near}
    return True if True in told else False if False in told else None


@dataclass(frozen=True)
class Span:
    """A range that a text states, in base units of its kind; None where it is open on that side."""

    kind: str
    least: Fraction | None
    most: Fraction | None

    def holds(self, one: Quantity) -> bool:
        """Tell whether a quantity of this kind, or a bare number beside a bare range, lies within."""
        if one.kind != self.kind and "" not in (one.kind, self.kind):
            return False
        value = one.value if one.kind == self.kind else _shown(one)
        return value is not None and (self.least is None or self.least <= value) and (self.most is None or value <= self.most)


def spans(text: str) -> list[Span]:
    """List the ranges that a text states."""
    return list(_spans(text))


@lru_cache(maxsize=KEPT)
def _spans(text: str) -> tuple[Span, ...]:
    folded = text.translate(_FOLD)
    numbers = {one.start + _offset(one): one for one in read(text)}
    found = []
    for match in _RANGE.finditer(folded):
        ends = [_at(numbers, match, names) for names in (("from", "least", "least2"), ("to", "most", "most2"))]
        known = next((one for one in reversed(ends) if one and one.kind), None)
        kind = known.kind if known else ""
        scale = known.value / (_shown(known) or Fraction(1)) if known and _shown(known) else Fraction(1)
        found.append(Span(kind, *(None if one is None else one.value if one.kind == kind else (_shown(one) or one.value) * scale for one in ends)))
    return tuple(found)


def bounded(text: str, one: Quantity) -> bool:
    """Tell whether a text puts a limit with a quantity ("within 14 days"), rather than naming a case that lies within some limit."""
    return bool(_LIMIT.search(text.translate(_FOLD)[: one.start].lower()))


def _offset(one: Quantity) -> int:
    return len(one.shown) - len(one.shown.lstrip("£€$ "))


def _at(numbers: dict[int, Quantity], match: re.Match[str], names: tuple[str, ...]) -> Quantity | None:
    place = next((match.start(name) for name in names if match[name]), None)
    return None if place is None else numbers.get(place)


def _same(held: Quantity, wanted: Quantity) -> bool | None:
    if held.kind == wanted.kind:
        if held.kind == "clock":
            alike = held.value == wanted.value or ((held.open or wanted.open) and (held.value - wanted.value) % 720 == 0)
            return True if alike else None
        if held.kind == "date":
            if held.year and wanted.year and held.year != wanted.year:
                return None
            alike = held.value == wanted.value or (0 in (held.value % 100, wanted.value % 100) and held.value // 100 == wanted.value // 100)
            return True if alike else None
        return True if held.value == wanted.value else False if _shown(held) == _shown(wanted) else None
    if {held.kind, wanted.kind} == {"clock", ""}:
        clock, bare = (held, wanted) if held.kind == "clock" else (wanted, held)
        return True if clock.value % 720 == bare.value * 60 % 720 and bare.value <= 24 else None
    if {held.kind, wanted.kind} == {"date", ""}:
        date, bare = (held, wanted) if held.kind == "date" else (wanted, held)
        return True if bare.value in (date.year, date.value % 100) else None
    if "" in (held.kind, wanted.kind):
        unit = held if held.kind else wanted
        bare = wanted if held.kind else held
        return True if bare.value in (_shown(unit), unit.value) else None
    return False if _shown(held) == _shown(wanted) else None


def _shown(one: Quantity) -> Fraction | None:
    match = re.search(_NUMBER, one.shown.lower())
    return _value(match[0]) if match else None


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: " " * len(match[0]), text)


def _is_date(match: re.Match[str]) -> bool:
    """Tell a date from a number before the verb: "plan 2 may be paused", "€1 may show"."""
    text = match.string
    return match["m2"] != "may" or not (_GOES_ON.match(text, match.end()) or text[: match.start()].endswith(("£", "€", "$")))


def _dates(text: str) -> Iterator[Quantity]:
    for match in _DATE.finditer(text):
        if not _is_date(match):
            continue
        part = {name: value for name, value in match.groupdict().items() if value}
        year = next((int(part[name]) for name in ("y", "y2", "y3", "y4") if name in part), None)
        month = next(part[name] for name in ("m", "m2", "m3", "m4") if name in part)
        day = next((int(part[name]) for name in ("d", "d2", "d3") if name in part), 0)
        number = int(month) if month.isdigit() else _MONTHS[month.lower()]
        yield Quantity("date", Fraction(number * 100 + day), match[0], match.start(), year=year)


def _times(text: str) -> Iterator[Quantity]:
    for match in _TIME.finditer(text):
        if match["word"]:
            yield Quantity("clock", Fraction(0 if match["word"].lower() == "midnight" else 720), match[0], match.start())
            continue
        hour, minute = int(match["h"] or match["h2"] or match["h3"]), int(match["min"] or 0)
        half = (match["half"] or match["half2"] or "").lower()[:1]
        if hour > 24 or (half and hour > 12):
            continue
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        yield Quantity("clock", Fraction(hour * 60 + minute), match[0], match.start(), open=not half and hour <= 12)


def _first_ends(text: str) -> Iterator[Quantity]:
    """Give the first ends of ranges of the clock whose other end alone says that they are times of day."""
    for match in _FROM_TIME.finditer(text):
        hour, to, half = int(match["h"]), int(match["to"]), (match["half"] or "").lower()
        if hour > 24 or (half and hour > 12):
            continue
        is_open = bool(half) and hour % 12 > to % 12  # "10 to 2 pm" begins in the morning, or at night
        if half and not is_open:
            hour = hour % 12 + (12 if half == "p" else 0)
        yield Quantity("clock", Fraction(hour * 60), match[0], match.start(), open=is_open or (not half and hour <= 12))


def _in_figures(match: re.Match[str]) -> str:
    """Write "three and a half hours" and "an hour and a half" as figures, in as many characters."""
    if match["german"]:
        return f"{_AND_HALF_IN_ONE[match['german'].lower()]}.5".rjust(len(match[0]))
    raw = (match["before"] or match["one"]).lower()
    told = f"{int(raw) if raw.isdigit() else _NUMBER_WORDS.get(raw, 1)}.5{match['unit'] or ''}"
    return told.ljust(len(match[0])) if match["unit"] else told.rjust(len(match[0]))  # beside its unit


def _compounds(listed: list[Quantity], text: str) -> Iterator[Quantity]:
    """Join what is one quantity told in two units, the larger first: "3 hours and 30 minutes"."""
    held: Quantity | None = None
    for one in listed:
        if held is not None and _goes_on(held, one, text):
            yield replace(held, value=held.value + one.value, shown=text[held.start : one.start + len(one.shown)], soft=False)
            held = None
            continue
        if held is not None:
            yield held
        held = one
    if held is not None:
        yield held


def _goes_on(held: Quantity, one: Quantity, text: str) -> bool:
    """Tell whether a quantity is the smaller part of the one before it: in a smaller unit, and less than one of the larger."""
    if held.kind != one.kind or held.kind not in _COMPOUND or not _AND_SMALLER.fullmatch(text[held.start + len(held.shown) : one.start]):
        return False
    larger, smaller = (each.value / (_shown(each) or Fraction(1)) for each in (held, one))
    return smaller < larger and one.value < larger


def _numbers(text: str) -> Iterator[Quantity]:
    heads = [(match.end(), match[1]) for match in _TOLD.finditer(text)]
    for match in _QUANTITY.finditer(text):
        raw = match["n1"] or match["n2"]
        value = _value(raw.lower())
        if match["many"]:
            value *= {"million": 1_000_000, "thousand": 1000, "hundred": 100, "k": 1000}[match["many"].lower()]
        unit, word = _unit(match), ""
        if unit is None:
            word = (match["unit"] or "").lower().rstrip(".")
            head = next((told for end, told in heads if end == match.start()), "")
            unit = _unit_of_head(head)
        if raw.isalpha() and unit is None and raw.lower() in ("one", "ein", "an", "a"):
            continue
        kind, scale = unit or ("", Fraction(1))
        yield Quantity(kind, value * scale, match[0].strip(), match.start(), word)


def _unit(match: re.Match[str]) -> tuple[str, Fraction] | None:
    if match["sign"]:
        return match["sign"], Fraction(1)
    if match["work"]:
        return ("work", Fraction(1)) if match["workunit"].lower().startswith("day") else ("workhour", Fraction(1))
    word = re.sub(r"\.?\s", "-", (match["plain"] or match["power"] or match["unit"] or "").lower()).rstrip(".")
    return _UNITS.get(word)


def _unit_of_head(head: str) -> tuple[str, Fraction] | None:
    """Return the unit that a column's head names: "Days", "Price (£)", but not "Contacts a month"."""
    words = re.findall(r"[£€$%]|[^\W\d_]+", _PER.sub(" ", head.lower()))
    return next((_UNITS[word] for word in reversed(words) if word in _UNITS and (len(word) > 2 or word in "£€$%")), None)


def _value(raw: str) -> Fraction:
    if raw in _NUMBER_WORDS:
        return Fraction(_NUMBER_WORDS[raw])
    if re.fullmatch(r"\d+,\d{1,2}", raw):
        raw = raw.replace(",", ".")
    return Fraction(re.sub(r"[,'\u2009]", "", raw))
