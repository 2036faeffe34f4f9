import pytest

from ingestion.articles import html
from ingestion.articles.blocks import Parsed, Unreadable


def texts(parsed: Parsed) -> list[str]:
    return [block.text for block in parsed.blocks]


@pytest.mark.parametrize(
    "page",
    [
        "<article><h2>A</h2><p>Five days.</p></article><article><h2>B</h2><p>Two days.</p></article>",
        "<article class=teaser><p>New!</p></article><div><h1>A</h1><p>Five days.</p><p>Two days.</p></div>",
        "<main id=app></main><div><p>Five days.</p><p>Two days.</p></div>",
        "<main><p>Five days.</p></main><main><p>Two days.</p></main>",
        "<main><p>Five days.</p><article><p>Two days.</p></article></main>",
        "<main><article><p>Five days.</p></article><aside><p>Two days.</p></aside></main>",
    ],
)
def test_all_of_the_content_is_read_whatever_elements_hold_it(page: str) -> None:
    read = " ".join(texts(html.parse(f"<body><nav>Home Help Pages</nav>{page}</body>")))
    assert "Five days." in read
    assert "Two days." in read
    assert "Home" not in read


def test_hours_in_the_footer_of_the_article_are_read_and_those_of_the_site_are_not() -> None:
    page = "<body><article><p>Ask us.</p><footer>Call 0113 555 0101, 9 to 5.</footer></article><footer>Imprint</footer></body>"
    assert texts(html.parse(page)) == ["Ask us.", "Call 0113 555 0101, 9 to 5."]


def test_a_page_that_a_script_would_fill_is_refused_by_name() -> None:
    with pytest.raises(Unreadable, match="script would fill"):
        html.parse("<html><body><div id=root></div><script src=main.js></script></body></html>")


def test_questions_in_buttons_and_tabs_head_their_panels_alone() -> None:
    page = (
        "<main><h1>Help</h1><button aria-expanded=false>How long?</button><div hidden>Five days.</div><p>Ask us.</p>"
        "<div role=tablist><button role=tab aria-controls=a>Phone</button><button role=tab aria-controls=b>Web</button></div>"
        "<div id=a role=tabpanel>Tap Share.</div><div id=b role=tabpanel hidden>Click Share.</div><button>Copy</button></main>"
    )
    assert [(block.headings[1:], block.text) for block in html.parse(page).blocks] == [
        (("How long?",), "Five days."),
        ((), "Ask us."),
        (("Phone",), "Tap Share."),
        (("Web",), "Click Share."),
    ]


def test_a_table_is_the_grid_it_draws() -> None:
    page = (
        "<table><tr><td rowspan=2>Plan</td><td colspan=2>Fee</td></tr><tr><td>UK</td><td>EU</td></tr>"
        "<tr><td colspan=3>Small</td></tr><tr><td>Solo</td><td>1 %</td><td rowspan=2>2 %</td></tr><tr><td>Team</td><td>3 %</td></tr>"
        "<tr><td colspan=3>Fees are net.</td></tr></table>"
    )
    blocks = html.parse(page).blocks
    assert [block.text for block in blocks] == ["| Small: Solo | 1 % | 2 % |", "| Small: Team | 3 % | 2 % |", "Fees are net."]
    assert blocks[0].head == "| Plan | Fee UK | Fee EU |\n|---|---|---|"


@pytest.mark.parametrize(
    "first",
    ["<tr><td><b>Plan</b><td><strong>Price</strong></tr>", "<tr><td>Plan<td>Price</tr>", "<thead><tr><td>Plan<td>Price</tr></thead>"],
)
def test_heads_are_known_without_being_th(first: str) -> None:
    row = html.parse(f"<table>{first}<tr><td>Solo<td>14</tr><tr><td>Team<td>29</tr></table>").blocks[0]
    assert (row.text, row.head) == ("| Solo | 14 |", "| Plan | Price |\n|---|---|")


def test_ticks_and_crosses_as_pictures_are_words() -> None:
    ticks = ["<img src='/i/tick.svg' alt=''>", "<i class='fa fa-times'></i>", "<img alt='Included' src=x.png>", "<input type=checkbox checked>"]
    row = "".join(f"<td>{one}</td>" for one in ticks)
    assert texts(html.parse(f"<table><tr><th>P<th>A<th>B<th>C<th>D</tr><tr><td>Solo</td>{row}</tr></table>")) == ["| Solo | yes | no | yes | yes |"]


def test_a_table_inside_a_layout_table_is_read_as_a_table() -> None:
    page = "<table><tr><td><h2>Fees</h2><table><tr><th>Plan<th>Fee</tr><tr><td>Solo<td>1 %</tr></table></td><td>Aside.</td></tr></table>"
    blocks = html.parse(page).blocks
    assert [(block.kind, block.text) for block in blocks] == [("row", "| Solo | 1 % |"), ("paragraph", "Aside.")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<a href='mailto:help@moss.example?subject=x'>Write to us</a>.", "Write to us (help@moss.example)."),
        ("<a href='tel:+441135550101'>Call us</a>.", "Call us (+441135550101)."),
        ("<a href='tel:+441135550101'>+44 113 555 0101</a>", "+44 113 555 0101"),
        ("Click <a href='https://moss.example/form'>here</a>.", "Click here (https://moss.example/form)."),
        ("See <a href='https://moss.example/fees'>the fees</a>.", "See the fees."),
    ],
)
def test_the_target_of_a_link_stands_where_its_words_need_it(written: str, read: str) -> None:
    assert texts(html.parse(f"<p>{written}</p>")) == [read]


def test_lists_count_as_the_page_shows() -> None:
    page = "<ol start=3><li>a<li value=7>b<li>c</ol><ol reversed><li>x<li>y</ol><ol type=a><li>m<li>n</ol>"
    assert texts(html.parse(page)) == ["3. a", "7. b", "8. c", "2. x", "1. y", "a. m", "b. n"]


def test_soft_hyphens_and_signs_without_width_leave_words_whole() -> None:
    parsed = html.parse("<h1>In&shy;voi&shy;ces</h1><p>Your in&shy;voice is under In\u200bvoices.</p>")
    assert (parsed.title, texts(parsed)) == ("Invoices", ["Your invoice is under Invoices."])


def test_entities_that_an_export_escaped_twice_are_read_and_listings_stay() -> None:
    page = "<h2>Refund&amp;nbsp;policy</h2><p>Tea &amp;amp; cake.</p><pre>&amp;amp;</pre>"
    assert [(block.headings, block.text) for block in html.parse(page).blocks] == [
        (("Refund policy",), "Tea & cake."),
        (("Refund policy",), "&amp;"),
    ]


def test_an_article_that_was_escaped_whole_is_read_as_a_page() -> None:
    assert texts(html.parse("&lt;p&gt;Five &lt;b&gt;days&lt;/b&gt;.&lt;/p&gt;")) == ["Five days."]


def test_the_templates_of_a_site_are_told_and_not_read() -> None:
    parsed = html.parse("<p>On {{ site.name }} it takes {% if x %}five{% endif %} days. Type <code>{{ name }}</code>.</p>")
    assert "{%" not in texts(parsed)[0]
    assert "template: {{ site.name }}" in parsed.left_out


@pytest.mark.parametrize(
    ("page", "day"),
    [
        ("<meta itemprop=dateModified content=2026-05-03T10:00><p>x y</p>", "2026-05-03"),
        ("<p>Last updated: 3 May 2026</p><p>x</p>", "2026-05-03"),
        ("<p>x</p><p>Zuletzt aktualisiert am 3. Mai 2026</p>", "2026-05-03"),
        ("<p>Mis à jour le 3 mai 2026</p><p>x</p>", "2026-05-03"),
        ("<article><p>x</p><footer>Updated May 3rd, 2026</footer></article>", "2026-05-03"),
        (
            "<p>We updated our plans on 3 May 2026, and what that means for you is told in the pages below, for every plan and every country, one by one.</p>",
            None,
        ),
    ],
)
def test_the_day_of_the_last_change_is_found(page: str, day: str | None) -> None:
    assert html.parse(page).updated == day


def test_the_foot_of_a_page_without_a_main_part_stays_if_it_says_how_to_reach_us() -> None:
    assert texts(html.parse("<h1>Help</h1><p>Ask.</p><footer>Call 0113 555 0101, 9 am to 5 pm.</footer>")) == [
        "Ask.",
        "Call 0113 555 0101, 9 am to 5 pm.",
    ]
    assert texts(html.parse("<h1>Help</h1><p>Ask.</p><footer>© 2026 Mossbell</footer>")) == ["Ask."]


def test_lines_that_a_page_breaks_are_paragraphs_and_lists() -> None:
    page = "<p>One line<br>of text.<br><br>Another.<br>• Keep it dry.<br>• Keep it<br>warm.</p>"
    assert [(block.kind, block.text) for block in html.parse(page).blocks] == [
        ("paragraph", "One line of text."),
        ("paragraph", "Another."),
        ("item", "- Keep it dry."),
        ("item", "- Keep it warm."),
    ]


def test_signs_of_a_table_and_its_caption_are_words() -> None:
    page = "<table><caption>Plans</caption><tr><th>Plan<th>SMS<th>API</tr><tr><td>Solo<td>✔<td>❌</tr></table>"
    assert texts(html.parse(page)) == ["Plans", "| Solo | yes | no |"]


def test_a_term_stands_before_its_meaning() -> None:
    page = "<dl><dt>Deposit<dd>20 % of the price<dt>May I cancel?<dd><p>Yes.</p><p>Always.</p><dt>Alone</dl>"
    assert texts(html.parse(page)) == ["Deposit: 20 % of the price", "May I cancel? Yes.", "Always.", "Alone"]
