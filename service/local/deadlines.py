"""How long after a mail was sent the moments lie that its sentences name."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from service.text import patterns

_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
            "couple of": 2, "a couple of": 2, "half an": 0.5, "half a": 0.5, "few": 3, "a few": 3, "eine": 1, "einer": 1, "einem": 1, "zwei": 2, "drei": 3, "una": 1,
            "un": 1, "dos": 2, "tres": 3, "une": 1, "deux": 2, "trois": 3, "due": 2, "tre": 3, "een": 1, "twee": 2, "drie": 3, "uma": 1, "um": 1, "dois": 2,
            "duas": 2}  # fmt: skip
_UNITS = {"minute": 1 / 60, "min": 1 / 60, "minuto": 1 / 60, "minuti": 1 / 60, "minuut": 1 / 60, "minuten": 1 / 60, "hour": 1, "hr": 1, "stunde": 1, "stunden": 1, "hora": 1,
          "heure": 1, "ora": 1, "ore": 1, "uur": 1, "day": 24, "tag": 24, "tagen": 24, "tage": 24, "dia": 24, "día": 24, "jour": 24, "giorno": 24, "giorni": 24,
          "dag": 24, "dagen": 24, "week": 168, "woche": 168, "wochen": 168, "semana": 168, "semaine": 168, "settimana": 168, "settimane": 168, "weken": 168,
          "month": 720, "monat": 720, "monaten": 720, "mes": 720, "mois": 720, "mese": 720, "mesi": 720, "maand": 720, "mês": 720}  # fmt: skip
_WEEKDAYS = (
    ("monday", "mon", "montag", "lunes", "lundi", "lunedì", "maandag", "segunda-feira"),
    ("tuesday", "tue", "tues", "dienstag", "martes", "mardi", "martedì", "dinsdag", "terça-feira"),
    ("wednesday", "wed", "mittwoch", "miércoles", "mercredi", "mercoledì", "woensdag", "quarta-feira"),
    ("thursday", "thu", "thurs", "donnerstag", "jueves", "jeudi", "giovedì", "donderdag", "quinta-feira"),
    ("friday", "fri", "freitag", "viernes", "vendredi", "venerdì", "vrijdag", "sexta-feira"),
    ("saturday", "sat", "samstag", "sábado", "samedi", "sabato", "zaterdag"),
    ("sunday", "sun", "sonntag", "domingo", "dimanche", "domenica", "zondag"),
)
_MONTHS = (
    ("january", "jan", "januar", "enero", "janvier", "gennaio", "januari", "janeiro"),
    ("february", "feb", "februar", "febrero", "février", "febbraio", "februari", "fevereiro"),
    ("march", "mar", "märz", "marzo", "mars", "maart", "março"),
    ("april", "apr", "abril", "avril", "aprile"),
    ("may", "mai", "mayo", "maggio", "mei", "maio"),
    ("june", "jun", "juni", "junio", "juin", "giugno", "junho"),
    ("july", "jul", "juli", "julio", "juillet", "luglio", "julho"),
    ("august", "aug", "agosto", "août", "augustus"),
    ("september", "sep", "sept", "septiembre", "septembre", "settembre", "setembro"),
    ("october", "oct", "oktober", "octubre", "octobre", "ottobre", "outubro"),
    ("november", "nov", "noviembre", "novembre", "novembro"),
    ("december", "dec", "dezember", "diciembre", "décembre", "dicembre", "dezembro"),
)
_WEEKDAY = {word: number for number, words in enumerate(_WEEKDAYS) for word in words}
_MONTH = {word: number for number, words in enumerate(_MONTHS, 1) for word in words}
_NOT_ALONE = {
    "mon",
    "sun",
    "sat",
    "mar",
    "may",
    "wed",
    "fri",
    "thu",
    "tue",
    "mars",
    "mai",
    "mei",
    "due",
    "jan",
}  # words or names when they stand alone


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_CLOCK = r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?\s*(?P<half>am|pm|a\.m\.?|p\.m\.?|o'?clock|uhr|h\b|uur)?"
_AT = patterns.pattern(
    rf"\b(?:at|by|before|until|till|from|around|um|bis|ab|à|a las|alle|om|às|vor|avant|antes de las)\s+(?:about\s+)?{_CLOCK}(?![\d/%€£$.-]*\d)", re.I
)
_PLAIN_CLOCK = patterns.pattern(r"\b(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d)\s*(?P<half>am|pm)?|\s*(?P<half2>am|pm|a\.m|p\.m|uhr|o'?clock))\b", re.I)
_IN = patterns.pattern(
    rf"\b(?:in|within|in the next|inside|under|less than|only|noch|innerhalb von|en|dentro de|dans|tra|fra|over|binnen|em)\s+(?:the\s+next\s+|about\s+|less than\s+)?"
    rf"(?P<count>\d+(?:\.\d+)?|{_any(_NUMBERS)})\s*(?P<unit>{_any(_UNITS)})(?:s|n|es)?\b",
    re.I,
)
_FROM_NOW = patterns.pattern(rf"\b(?P<count>\d+|{_any(_NUMBERS)})\s+(?P<unit>{_any(_UNITS)})s?\s+(?:from now|left|to go|away)\b", re.I)
_DAY_MONTH = patterns.pattern(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|º)?\s+(?:of\s+|de\s+)?(?P<month>{_any(_MONTH)})\b\.?(?:,?\s+(?:de\s+)?(?P<year>20\d\d))?", re.I
)
_MONTH_DAY = patterns.pattern(rf"\b(?P<month>{_any(_MONTH)})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year>20\d\d))?", re.I)
_ISO = patterns.pattern(r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b")
_SLASHED = patterns.pattern(r"\b(?P<day>\d{1,2})[/.](?P<month>\d{1,2})(?:[/.](?P<year>(?:20)?\d\d))?\b(?![\d%])")
_NAMED_DAY = patterns.pattern(rf"\b(?P<next>next\s+|nächsten\s+|kommenden\s+)?(?P<day>{_any(_WEEKDAY)})\b", re.I)
_ORDINAL = patterns.pattern(r"\b(?:on|by|before|until|till)\s+the\s+(?P<day>\d{1,2})(?:st|nd|rd|th)\b", re.I)

_SOON = patterns.pattern(
    r"\b(?:right now|as we speak|any minute|within the hour|in the next hour|this minute|already waiting|standing here|stood here|"
    r"jetzt gerade|ahora mismo|en ce moment|in questo momento|op dit moment)\b", re.I)  # fmt: skip
_TODAY = patterns.pattern(
    r"\b(?:today|tonight|this (?:morning|afternoon|evening|lunchtime)|end of (?:the )?(?:business )?day|end of play|close of business|by noon|by midday|by midnight|"
    r"(?:by|before|at) lunch(?:time)?|eod|cob|heute|heute abend|hoy|esta (?:tarde|noche|noite)|aujourd'hui|ce soir|oggi|stasera|vandaag|vanavond|hoje)\b", re.I)  # fmt: skip
_TOMORROW = patterns.pattern(
    r"\b(?:tomorrow|tmrw|tmr|2moro|morgen(?! (?:the|früh aufgestanden))|mañana|demain|domani|amanhã|first thing|overnight)\b", re.I
)
_LATER = (
    (patterns.pattern(r"\b(?:this week(?:end)?|end of (?:the |this )?week|diese woche|esta semana|cette semaine)\b", re.I), 72.0),
    (patterns.pattern(r"\bday after tomorrow|übermorgen|pasado mañana|après-demain|dopodomani|overmorgen\b", re.I), 48.0),
    (
        patterns.pattern(
            r"\b(?:next week|nächste woche|la semana que viene|la semaine prochaine|volgende week|settimana prossima|próxima semana)\b", re.I
        ),
        168.0,
    ),
    (patterns.pattern(r"\b(?:next month|end of (?:the |this )?month|month[- ]end|nächsten monat|el mes que viene|le mois prochain)\b", re.I), 480.0),
)
_PARTS = (
    (patterns.pattern(r"\b(?:morning|first thing|früh|manhã|matin|mattina|ochtend)\b", re.I), time(9)),
    (patterns.pattern(r"\b(?:noon|midday|lunch(?:time)?|mittag|mediodía|midi)\b", re.I), time(12)),
    (patterns.pattern(r"\b(?:afternoon|nachmittag|tarde|après-midi|pomeriggio|middag)\b", re.I), time(15)),
    (patterns.pattern(r"\b(?:tonight|evening|abend|noche|soir|stasera|sera|avond|noite)\b", re.I), time(19)),
    (patterns.pattern(r"\b(?:midnight|mitternacht)\b", re.I), time(23, 59)),
)


def hours_until(text: str, sent: datetime | None) -> float | None:
    """Return the hours from `sent` to the earliest coming moment that the text names, None where it names none.

    "tomorrow" without a time counts as 24 hours, a named day without a time as whole days. Without `sent`, only relative words are read.
    """
    hours = [value for value in _moments(text, sent) if value >= -1.0]
    return min(hours) if hours else None


def dates(text: str) -> tuple[list[str], str]:
    """Return the days with a month that a text names, in English ("28 April"), and the text without them."""
    found = [f"{int(match['day'])} {_MONTHS[_MONTH[match['month'].lower()] - 1][0].title()}" for match in _DAY_MONTH.finditer(text)]
    return found, _DAY_MONTH.sub(" ", text)


def _moments(text: str, sent: datetime | None) -> Iterator[float]:
    if _SOON.search(text):
        yield 0.0
    for match in (*_IN.finditer(text), *_FROM_NOW.finditer(text)):
        count = match["count"].lower()
        yield (float(count) if count[0].isdigit() else _NUMBERS[count]) * _UNITS[match["unit"].lower()]
    for pattern, value in _LATER:
        if pattern.search(text):
            yield value
    clock = _clock(text)
    if _TOMORROW.search(text) and not re.search(r"day after tomorrow|guten morgen|buenos días", text, re.I):
        yield _until(sent, 1, clock) if clock and sent else 24.0
    elif _TODAY.search(text):
        yield max(0.0, _until(sent, 0, clock)) if clock and sent else 8.0
    elif sent is not None:
        days = sorted(_days(text, sent))
        if days:
            yield from (_until(sent, day, clock) if clock else day * 24.0 for day in days)
        elif clock and _AT.search(text) and re.search(r"\b(?:am|pm|a\.m|p\.m|uhr|\d[:.h]\d\d|o'?clock)\b|\d(?:am|pm)", text, re.I):
            until = _until(sent, 0, clock)
            yield until if until > 0 else until + 24


def _clock(text: str) -> time | None:
    for match in (*_AT.finditer(text), *_PLAIN_CLOCK.finditer(text)):
        groups = match.groupdict()
        hour, minute = int(groups["hour"]), int(groups.get("minute") or 0)
        half = (groups.get("half") or groups.get("half2") or "").lower()
        if hour > 24 or minute > 59 or (not half and not groups.get("minute") and match.re.pattern != _AT.pattern):
            continue
        if (half.startswith("p") and hour < 12) or (not half and not groups.get("minute") and hour < 7):
            hour += 12  # "by 5" said in a mail about work is the afternoon
        return time(hour % 24, minute)
    return next((moment for pattern, moment in _PARTS if pattern.search(text)), None)


def _until(sent: datetime | None, days: int, clock: time) -> float:
    assert sent is not None
    due = datetime.combine((sent + timedelta(days=days)).date(), clock, tzinfo=sent.tzinfo)
    return (due - sent).total_seconds() / 3600


def _days(text: str, sent: datetime) -> Iterator[int]:
    """Give how many days after the mail each day named in the text lies; days gone by are left out."""
    for pattern in (_ISO, _DAY_MONTH, _MONTH_DAY, _SLASHED):
        for match in pattern.finditer(text):
            if (days := _date(match, sent)) is not None:
                yield days
    for match in _ORDINAL.finditer(text):
        days = int(match["day"]) - sent.day
        yield days if days >= 0 else days + 30
    for match in _NAMED_DAY.finditer(text):
        word = match["day"].lower()
        if (word in _NOT_ALONE and not match["day"].istitle()) or re.search(
            r"\b(?:last|since|letzten|pasado|dernier|every|each)\s*$", text[: match.start()], re.I
        ):
            continue
        ahead = (_WEEKDAY[word] - sent.weekday()) % 7
        yield ahead + (7 if match["next"] and ahead == 0 else 0)


def _date(match: re.Match[str], sent: datetime) -> int | None:
    groups = match.groupdict()
    month = groups["month"].lower()
    number = _MONTH.get(month) or int(month)
    year = int(groups["year"]) if groups.get("year") else sent.year
    try:
        day = datetime(year if year > 99 else year + 2000, number, int(groups["day"]))
    except ValueError:
        return None
    days = (day.date() - sent.date()).days
    if not groups.get("year") and days < -300:
        days += 365
    return days if days >= 0 else None
