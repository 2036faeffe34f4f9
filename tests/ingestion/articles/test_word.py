import io
import zipfile

import pytest

from ingestion.articles import word
from ingestion.articles.blocks import Unreadable

_SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Target="{target}" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/></Relationships>'
)


def document(body: str, notes: str = "", more: bytes = b"") -> bytes:
    """Pack a Word document of this body and these footnotes by hand."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", _TYPES)
        file.writestr("_rels/.rels", _RELATIONS.format(target="word/document.xml", kind="officeDocument"))
        file.writestr("word/document.xml", f"<w:document {_SPACE}><w:body>{body}</w:body></w:document>")
        if notes:
            file.writestr("word/_rels/document.xml.rels", _RELATIONS.format(target="footnotes.xml", kind="footnotes"))
            file.writestr("word/footnotes.xml", f"<w:footnotes {_SPACE}>{notes}</w:footnotes>")
        if more:
            file.writestr("word/media/more.bin", more)
    return packed.getvalue()


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, style: str = "") -> str:
    return f'<w:p><w:pPr>{f"""<w:pStyle w:val="{style}"/>""" if style else ""}</w:pPr>{"".join(runs)}</w:p>'


def test_headings_tables_and_struck_text_of_a_document_are_read() -> None:
    cells = [["Plan", "Fee"], ["Solo", "1 %"]]
    table = "".join(f"<w:tr>{''.join(f'<w:tc>{paragraph(run(cell))}</w:tc>' for cell in row)}</w:tr>" for row in cells)
    former = paragraph(run("It costs "), run("£45 ", "<w:strike/>"), run("£39 a month."))
    deleted = paragraph(run("Ask us."), f"<w:del>{run('Never.').replace('w:t', 'w:delText')}</w:del>")
    parsed = word.parse(document(paragraph(run("Fees"), style="Heading1") + former + deleted + f"<w:tbl>{table}</w:tbl>"))
    assert [(block.headings, block.text, block.head) for block in parsed.blocks] == [
        (("Fees",), "It costs £39 a month.", ""),
        (("Fees",), "Ask us.", ""),
        (("Fees",), "| Solo | 1 % |", "| Plan | Fee |\n|---|---|"),
    ]


def test_a_footnote_of_a_document_stands_at_its_mark() -> None:
    body = paragraph(run("It costs £12"), '<w:r><w:footnoteReference w:id="2"/></w:r>', run(" a month."))
    notes = f'<w:footnote w:id="2">{paragraph(run("plus VAT"))}</w:footnote>'
    assert [block.text for block in word.parse(document(body, notes)).blocks] == ["It costs £12 (plus VAT) a month."]


@pytest.mark.parametrize("raw", [b"PK\x03\x04 cut off", b"", document("<w:p>")])
def test_a_damaged_document_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="not a Word document"):
        word.parse(raw)


def test_a_document_that_unpacks_beyond_all_bounds_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Unreadable, match="unpacks to more than"):
        word.parse(document(paragraph(run("x")), more=bytes(70_000_000)))
