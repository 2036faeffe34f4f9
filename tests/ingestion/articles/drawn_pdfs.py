"""Ten small PDF articles, drawn by hand, of the kinds that PDF readers get wrong. No library writes them, so that none is favoured."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Words at a place of a page, in points from its lower left corner."""

    x: float
    y: float
    text: str
    size: float = 11


def drawn(pages: Sequence[Sequence[Words]], rules: Sequence[tuple[float, float, float, float]] = (), title: str = "") -> bytes:
    """Write a PDF with pages of words, and lines (x, y to x, y) on its first page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    kids = []
    for number, page in enumerate(pages):
        shown = b"BT " + b" ".join(_shown(one) for one in page) + b" ET"
        if number == 0:
            shown += b" ".join(b"%f %f m %f %f l S" % rule for rule in rules)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown))
        font = b"<< /Font << /F1 3 0 R >> >>"
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources %s >>" % (len(objects), font))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    objects.append(b"<< /Title (%s) >>" % title.encode("cp1252"))
    return _assembled(objects)


def _shown(one: Words) -> bytes:
    text = one.text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"/F1 %f Tf 1 0 0 1 %f %f Tm (%s) Tj" % (one.size, one.x, one.y, text)


def _assembled(objects: Sequence[bytes]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF" % (count, count - 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


def lines(texts: Sequence[str], x: float = 72, top: float = 700, size: float = 11, leading: float = 14) -> list[Words]:
    """Set lines below each other."""
    return [Words(x, top - number * leading, text, size) for number, text in enumerate(texts)]


def two_columns() -> bytes:
    """Return a page in two columns, drawn row by row."""
    left = ["Refunds go back to the", "card that was used. They", "take five working days", "from the day we send", "them."]
    right = ["Payouts go to your bank", "account. They take two", "working days and never", "come on a Sunday or on a", "bank holiday."]
    page = [Words(72, 740, "Money in and out", 18)]
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        page += [Words(72, 700 - 14 * number, one), Words(320, 700 - 14 * number, other)]
    return drawn([page])


def _cells(rows: Sequence[Sequence[str]], columns: Sequence[float], top: float) -> list[Words]:
    return [Words(x, top - 18 * at, cell) for at, row in enumerate(rows) for x, cell in zip(columns, row, strict=True) if cell]


FEES = (("Plan", "UK", "EU"), ("Solo", "1.4 %", "1.9 %"), ("Team", "1.1 %", "1.6 %"), ("Studio", "0.9 %", ""))


def table() -> bytes:
    """Return a table without lines, one cell of it empty."""
    text = ["The fee is taken from every card payment before it is paid out."]
    return drawn([[Words(72, 740, "Fees", 18), *lines(text, top=710), *_cells(FEES, (72, 200, 300), 670)]])


def ruled_table() -> bytes:
    """Return the same table with lines around its cells."""
    across = [(66.0, y, 380.0, y) for y in (684.0, 665.0, 647.0, 629.0, 611.0)]
    down = [(x, 684.0, x, 611.0) for x in (66.0, 190.0, 290.0, 380.0)]
    return drawn([[Words(72, 740, "Fees", 18), *_cells(FEES, (72, 200, 300), 670)]], [*across, *down])


def footnote() -> bytes:
    """Return a price with the mark of a footnote on it, the note at the foot of the page in small letters."""
    price = [Words(72, 700, "The Solo plan costs £12"), Words(193, 704, "1", 6), Words(200, 700, "a month, the reader £29.")]
    return drawn(
        [[Words(72, 740, "Prices", 18), *price, *lines(["It is billed on the first day."], top=686), Words(72, 90, "1 plus VAT of 20 %", 8)]]
    )


def running_heads() -> bytes:
    """Return four pages with the name of the book above and the number of the page below; a sentence runs over a page."""
    texts = [
        ["A gift voucher is valid for twelve months from the day it is bought and can"],
        ["be used in parts. What is left stays on the voucher until it ends."],
        ["A lost voucher can be sent again from its own page in the settings."],
        ["A voucher cannot be paid out in cash, whatever its value is."],
    ]
    pages = []
    for number, text in enumerate(texts, 1):
        pages.append([Words(72, 770, "Mossbell Handbook 2026", 9), *lines(text), Words(300, 30, f"Page {number} of 4", 9)])
    pages[0].insert(1, Words(72, 735, "Gift vouchers", 18))
    return drawn(pages)


def hyphenated() -> bytes:
    """Return words broken at the end of lines, one of them with a hyphen of its own."""
    text = [
        "You can change the cancella-",
        "tion window of every ser-",
        "vice. A two-step login is self-",
        "service and can be set up in a",
        "minute.",
    ]
    return drawn([[Words(72, 740, "Cancelling", 18), *lines(text)]])


def scanned() -> bytes:
    """Return two pages without a word on them."""
    return drawn([[], []])


def steps() -> bytes:
    """Return numbered steps that wrap, and bullets."""
    text = [
        "To pair the reader:",
        "1. Hold the button for five",
        "seconds till the light blinks.",
        "2. Open Settings.",
        "3. Tap Pair.",
        "• Keep it near.",
        "• Keep it charged.",
    ]
    return drawn([[Words(72, 740, "Pairing", 18), *lines(text)]])


def headings() -> bytes:
    """Return headings that only their size tells, one of them ending like a sentence."""
    page = [Words(72, 740, "Deposits", 20), *lines(["A deposit is a part of the price that a client pays when they book with you."], top=715)]
    page += [Words(72, 680, "When is it kept?", 14), *lines(["It is kept when the client cancels late or does not come at all."], top=660)]
    page += [Words(72, 625, "How much can it be.", 14), *lines(["Between 10 % and 100 % of the price of the service."], top=605)]
    return drawn([page])


def german() -> bytes:
    """Return a German page whose margin holds a note beside the text."""
    text = ["Die Gebühr beträgt 1,4 % und wird von der Auszahlung abgezogen.", "Bei Rückfragen hilft das Büro in Köln: 0221 555 0101."]
    return drawn([[Words(72, 740, "Gebühren für Kartenzahlungen", 18), *lines(text)]], title="Gebühren für Kartenzahlungen")


TEN = {
    "two columns": two_columns, "table": table, "ruled table": ruled_table, "footnote": footnote, "running heads": running_heads,
    "hyphenated": hyphenated, "scanned": scanned, "steps": steps, "headings": headings, "german": german,
}  # fmt: skip
