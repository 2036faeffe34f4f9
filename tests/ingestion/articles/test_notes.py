import pytest

from ingestion.articles import html, markdown
from ingestion.articles.blocks import Parsed


def texts(parsed: Parsed) -> list[str]:
    return [block.text for block in parsed.blocks]


@pytest.mark.parametrize(
    "page",
    [
        "<p>The plan costs £12<sup>1</sup> a month.</p><p><sup>1</sup> plus VAT</p>",
        "<p>The plan costs £12<sup><a href='#n1' id='r1'>[1]</a></sup> a month.</p><ol><li id='n1'>plus VAT. <a href='#r1'>↩</a></li></ol>",
        "<p>The plan costs £12<a href='#n1'><sup>1</sup></a> a month.</p><p id='n1'><a href='#r'>↑</a> plus VAT</p>",
        "<p>The plan costs £12* a month.</p><p><small>* plus VAT</small></p>",
        "<p>The plan costs £12¹ a month.</p><div>¹ plus VAT</div>",
        "<p>The plan costs £12<sup>†</sup> a month.</p><p>† plus VAT</p>",
        "<p>The plan costs £12<sup>1</sup> a month.</p><p>1) plus VAT</p>",
        "<p>The plan costs £12<sup>a</sup> a month.</p><footer><sup>a</sup> plus VAT</footer>",
    ],
)
def test_a_mark_of_any_kind_brings_its_note(page: str) -> None:
    assert texts(html.parse(f"<main>{page}</main>")) == ["The plan costs £12 (plus VAT) a month."]


def test_markdown_footnotes_are_brought_too() -> None:
    assert texts(markdown.parse("Die Gebühr beträgt 3 %[^vat].\n\n[^vat]: zuzüglich Mehrwertsteuer\n")) == [
        "Die Gebühr beträgt 3 % (zuzüglich Mehrwertsteuer)."
    ]


def test_a_note_in_a_row_stands_in_its_cell() -> None:
    page = "<table><tr><th>Plan<th>Price</tr><tr><td>Solo<td>£9<sup>2</sup></tr></table><p><sup>2</sup> first year</p>"
    assert texts(html.parse(page)) == ["| Solo | £9 (first year) |"]


def test_a_long_note_follows_its_paragraph() -> None:
    note = "this holds for accounts " + "that are older than the others and " * 6 + "no others"
    assert texts(html.parse(f"<p>It costs 5 %<sup>1</sup> now.</p><p><sup>1</sup> {note}</p>")) == [f"It costs 5 % now. {note}"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("100 m<sup>2</sup>", "100 m²"),
        ("10<sup>6</sup> rows", "10^6 rows"),
        ("the 1<sup>st</sup> day", "the 1st day"),
        ("CO<sub>2</sub>", "CO2"),
        ("Tap<sup>®</sup>", "Tap®"),
    ],
)
def test_a_superscript_without_a_note_is_what_it_says(written: str, read: str) -> None:
    assert texts(html.parse(f"<p>{written}</p>")) == [read]


def test_a_mark_whose_note_is_missing_never_joins_a_number() -> None:
    assert texts(html.parse("<p>It is 100<sup>2</sup> mm for £12<sup>1</sup>.</p><p><sup>1</sup> net</p>")) == ["It is 100 mm for £12 (net)."]


def test_stars_that_multiply_or_mark_fields_are_text() -> None:
    assert texts(html.parse("<p>Width * height, and fields with * are needed.</p>")) == ["Width * height, and fields with * are needed."]
