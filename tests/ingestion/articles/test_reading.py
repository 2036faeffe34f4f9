from pathlib import Path

import pytest

from ingestion.articles import reading
from ingestion.articles.blocks import Block, Unreadable


def read(folder: Path, name: str, content: str | bytes) -> reading.Article:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return reading.read(file, name)


def test_markdown_has_its_front_matter_headings_and_plain_text(tmp_path: Path) -> None:
    text = "---\ntitle: Refunds\nupdated: 2026-05-01\n---\n# Refunds\n\nSee **Settings > Pay** and [more](x.md).\n\n## How long\n\nTwo `days`.\n"
    article = read(tmp_path, "refunds.md", text)
    assert (article.title, article.updated) == ("Refunds", "2026-05-01")
    assert article.blocks == (
        Block((), "paragraph", "See Settings > Pay and more."),
        Block(("How long",), "paragraph", "Two days."),
    )


def test_steps_keep_their_numbers_and_rows_their_head(tmp_path: Path) -> None:
    article = read(tmp_path, "a.md", "# A\n\n3. Open\n4. Shut\n   - softly\n\n| Plan | Price |\n|:--|--:|\n| Solo | 14 |\n")
    assert [block.text for block in article.blocks] == ["3. Open", "4. Shut", "  - softly", "| Solo | 14 |"]
    assert article.blocks[-1].head == "| Plan | Price |\n|---|---|"


def test_front_matter_that_is_not_yaml_still_gives_the_title(tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", "---\ntitle: Payouts: when they come\n---\nSoon.\n").title == "Payouts: when they come"


def test_placeholders_in_angle_brackets_are_text(tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", "Type <your name> in <b>bold</b>.").blocks[0].text == "Type <your name> in bold."


def test_html_gives_the_article_without_what_is_around_it(tmp_path: Path) -> None:
    page = (
        "<html><head><title>Pay | Help</title><meta property='article:modified_time' content='2026-01-02T10:00'></head><body>"
        "<nav>Home</nav><main><h1>Pay</h1><p>Pay by <b>card</b>.<br>Or cash.</p><ol start=2><li>Open<ul><li>there</li></ul></li><li>Pay</li></ol>"
        "<h2>Fees</h2><table><tr><th>Plan</th><th>Fee</th></tr><tr><td>Solo</td><td>1 %</td></tr></table>"
        "<aside>Note well.</aside></main><footer>Imprint</footer></body></html>"
    )
    article = read(tmp_path, "pay.html", page)
    assert (article.title, article.updated) == ("Pay", "2026-01-02")
    assert [block.text for block in article.blocks] == [
        "Pay by card. Or cash.",
        "2. Open",
        "  - there",
        "3. Pay",
        "| Solo | 1 % |",
        "Note well.",
    ]
    assert article.blocks[4] == Block(("Fees",), "row", "| Solo | 1 % |", "| Plan | Fee |\n|---|---|")


def test_an_html_table_without_a_header_row_repeats_nothing(tmp_path: Path) -> None:
    article = read(tmp_path, "a.html", "<table><tr><th>Plan</th><td>Solo</td></tr><tr><th>Fee</th><td>1 %</td></tr></table>")
    assert [(block.text, block.head) for block in article.blocks] == [("| Plan | Solo |", ""), ("| Fee | 1 % |", "")]


def test_html_nested_a_thousand_levels_deep_is_read(tmp_path: Path) -> None:
    article = read(tmp_path, "a.html", "<div>" * 1000 + "Deep words" + "</div>" * 1000)
    assert "Deep words" in article.blocks[0].text


def test_text_has_short_lines_that_stand_alone_as_headings(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", "Skip a week\n\nYou can skip\nany box.\n\nToo late\n--------\n* give it away\n")
    assert article.title == "Skip a week"
    assert article.blocks == (
        Block((), "paragraph", "You can skip any box."),
        Block(("Too late",), "item", "- give it away"),
    )


def test_a_pdf_gives_its_text(tmp_path: Path) -> None:
    article = read(tmp_path, "a.pdf", pdf(["Opening hours", "We are open from nine to five on every day of the week.", "On Sundays we rest."]))
    assert article.title == "Opening hours"
    assert "nine to five" in article.blocks[0].text


def test_windows_1252_is_read_where_utf_8_fails(tmp_path: Path) -> None:
    assert (
        read(tmp_path, "a.txt", "Le café coûte 2 €, et le thé est à vous. Bien sûr.".encode("cp1252")).blocks[0].text.startswith("Le café coûte 2 €")
    )


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.odt", b"PK\x03\x04", ".odt is not read"),
        ("a.docx", b"PK\x03\x04", "not a Word document"),
        ("a.md", b"", "no text"),
        ("a.md", b"---\ntitle: Only this\n---\n", "no text"),
        ("a.txt", b"abc\x00def", "binary"),
        ("a.html", b"<html></html>", "no text"),
        ("a.pdf", b"%PDF-1.4 broken", "not a PDF that can be read"),
    ],
)
def test_says_why_a_file_is_not_an_article(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(tmp_path, name, content)


def test_says_that_a_file_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be opened"):
        reading.read(tmp_path / "none.md", "none.md")


def pdf(lines: list[str]) -> bytes:
    """Write a PDF of one page by hand."""
    shown = b"BT /F1 12 Tf 14 TL 72 720 Td " + b" ".join(b"(" + line.encode() + b") Tj T*" for line in lines) + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(shown)).encode() + b" >>\nstream\n" + shown + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += str(number).encode() + b" 0 obj\n" + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = str(len(objects) + 1).encode()
    return (
        body
        + b"xref\n0 "
        + count
        + b"\n0000000000 65535 f \n"
        + table
        + b"trailer << /Size "
        + count
        + b" /Root 1 0 R >>\nstartxref\n"
        + str(len(body)).encode()
        + b"\n%%EOF"
    )
