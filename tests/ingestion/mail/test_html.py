"""What a reader of HTML mail sees, and what they do not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.mail import html


def to_text(source: str) -> tuple[str, str]:
    seen = html.read(source)
    return seen.text, seen.hidden


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("One<br>Two<br><br>Three", "One\nTwo\n\nThree"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("<p class=MsoNormal>One</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Two</p>", "One\n\nTwo"),
        ("a <b>bold</b>\n  word&amp;sign", "a bold word&sign"),
        ("<ul><li>lid<li>base</ul>", "- lid\n- base"),
        ("<table><tr><td>Order</td><td>42</td></tr><tr><td>Name</td><td>Ana</td></tr></table>", "Order 42\nName Ana"),
        ("<pre>one\n  two</pre>", "one\n  two"),
        ("<style>p{}</style><script>x()</script><title>t</title>text<!-- note -->", "text"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        ("plain words", "plain words"),
        ("", ""),
    ],
)
def test_reads_what_is_seen(source: str, seen: str) -> None:
    assert to_text(source) == (seen, "")


@pytest.mark.parametrize(
    "concealing",
    [
        '<div style="display:none">x</div>',
        '<div style="DISPLAY: none !important">x</div>',
        '<span style="visibility:hidden">x</span>',
        '<span style="font-size:0">x</span>',
        '<span style="font-size:1px">x</span>',
        '<span style="color:#FFFFFF">x</span>',
        '<span style="color:white;background-color:#fff">x</span>',
        '<font color="white">x</font>',
        '<span style="opacity:0">x</span>',
        '<div style="max-height:0;overflow:hidden">x</div>',
        '<div style="position:absolute;left:-9999px">x</div>',
        '<div style="mso-hide:all">x</div>',
        "<div hidden>x</div>",
        "<style>.pre{display:none}</style><div class='pre'>x</div>",
    ],
)
def test_sets_what_is_hidden_apart(concealing: str) -> None:
    assert to_text(f"<p>seen</p>{concealing}") == ("seen", "x")


@pytest.mark.parametrize(
    "shown",
    [
        '<table><tr><td bgcolor="#0000ff"><a style="color:#fff">x</a></td></tr></table>',
        '<div style="background:#000"><span style="color:white">x</span></div>',
        '<div style="font-size:0"><p style="font-size:14px">x</p></div>',
        '<div style="font-size:0.8em">x</div>',
        '<div style="opacity:0.9">x</div>',
        "<style>@media print {.m{display:none}}</style><p class=m>x</p>",
    ],
)
def test_shows_what_only_looks_hidden(shown: str) -> None:
    assert to_text(shown) == ("x", "")


@pytest.mark.parametrize(
    "quote",
    [
        '<blockquote type="cite"><p>q</p></blockquote>',
        '<blockquote class="gmail_quote">q</blockquote>',
        '<div class="yahoo_quoted">q</div>',
        '<blockquote class="protonmail_quote" type="cite">q</blockquote>',
    ],
)
def test_marks_quotes_as_plain_mail_does(quote: str) -> None:
    seen, _ = to_text(f"<div>mine</div>{quote}<div>more</div>")
    assert [line for line in seen.split("\n") if line.strip("> ")] == ["mine", "> q", "more"]


def test_leaves_a_quotation_that_the_writer_set() -> None:
    assert to_text("<p>It says:</p><blockquote>Error 7</blockquote>")[0] == "It says:\n\nError 7"


@pytest.mark.parametrize("marks", ['class="gmail_signature"', 'id="Signature"', 'id="ms-outlook-mobile-signature"', 'class="moz-signature"'])
def test_marks_the_signature(marks: str) -> None:
    assert to_text(f"<div>Hi</div><div {marks}>Ana</div>")[0] == "Hi\n--\nAna"


@pytest.mark.parametrize(
    "source",
    ["<div>" * 200_000, "<b id=1>" * 500 + "<p>x" * 100_000, "<" * 500_000, "<a " * 200_000, "<style>" + "@" * 200_000, "&" * 500_000],
)
def test_reads_hostile_pages(source: str) -> None:
    seen, hidden = to_text(f"{source} kettle")
    assert len(seen) + len(hidden) <= len(source) + 10


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["<p>", "</p>", "<table>", "<td>", "<svg>", "<template>", "<b style='", "color:white", "'>", "<!--", "&#0;"]),
            st.text(max_size=5),
        )
    )
)
def test_any_text_can_be_read_as_html(pieces: list[str]) -> None:
    seen, hidden = to_text("".join(pieces))
    assert isinstance(seen, str)
    assert isinstance(hidden, str)
