"""Finds the day an article was last changed, in metadata or in its own words."""

import re
from datetime import date

_MONTHS = (
    ("january", "januar", "janvier", "enero", "gennaio", "januari", "janeiro", "jan"),
    ("february", "februar", "février", "febrero", "febbraio", "februari", "fevereiro", "feb"),
    ("march", "märz", "mars", "marzo", "maart", "março", "mar"),
    ("april", "avril", "abril", "aprile", "apr"),
    ("may", "mai", "mayo", "maggio", "mei", "maio"),
    ("june", "juni", "juin", "junio", "giugno", "junho", "jun"),
    ("july", "juli", "juillet", "julio", "luglio", "julho", "jul"),
    ("august", "août", "agosto", "augustus", "aug"),
    ("september", "septembre", "septiembre", "settembre", "setembro", "sept", "sep"),
    ("october", "oktober", "octobre", "octubre", "ottobre", "outubro", "oct", "okt"),
    ("november", "novembre", "noviembre", "novembro", "nov"),
    ("december", "dezember", "décembre", "diciembre", "dicembre", "dezembro", "dec", "dez"),
)
_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_ISO = re.compile(r"\b((?:19|20)\d\d)[-/](\d\d?)[-/](\d\d?)(?!\d)")
_DAY_FIRST = re.compile(r"\b(\d\d?)(?:st|nd|rd|th|\.|er)?\s+(?:de\s+|of\s+)?([^\W\d_]{3,10})\.?,?\s+(?:de\s+)?((?:19|20)\d\d)\b")
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,10})\.?\s+(\d\d?)(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b")
_CHANGED = re.compile(
    r"\b(?:last\s+(?:updated?|modified|changed|reviewed|edited)|updated|modified|(?:zuletzt\s+)?(?:aktualisiert|geändert)|mis\s+à\s+jour"
    r"|mise\s+à\s+jour|última\s+actualización|actualizado|laatst\s+bijgewerkt|ultimo\s+aggiornamento|aggiornato)\b[^\d\n]{0,25}",
    re.IGNORECASE,
)
_SHORT = 120  # characters; a longer paragraph that speaks of an update tells of something else


def iso(text: str) -> str | None:
    """Return the first date in a text as YYYY-MM-DD; None without one that can be read in one way only."""
    for pattern, year, month, day in ((_ISO, 1, 2, 3), (_DAY_FIRST, 3, 2, 1), (_MONTH_FIRST, 3, 1, 2)):
        for found in pattern.finditer(text):
            number = int(found[month]) if found[month].isdigit() else _NUMBERS.get(found[month].casefold())
            try:
                return date(int(found[year]), number or 0, int(found[day])).isoformat()
            except ValueError:
                continue
    return None


def stated(text: str) -> str | None:
    """Return the date of a short line that says when the article was updated, None where it is not such a line."""
    found = _CHANGED.search(text) if len(text) <= _SHORT else None
    return iso(text[found.start() :]) if found else None
