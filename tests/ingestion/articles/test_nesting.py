import pytest

from ingestion.articles import html, markdown, nesting


@pytest.mark.parametrize(
    "page",
    ["<div>" * 100_000 + "Deep words", "<b>" * 50_000 + "Deep words", "<pre>" * 50_000 + "Deep words", "<table><tr><td>" * 20_000 + "Deep words"],
)
def test_words_at_the_bottom_of_hostile_nesting_are_read(page: str) -> None:
    assert "Deep words" in " ".join(block.text for block in html.parse(page).blocks)


@pytest.mark.parametrize("text", ["> " * 20_000 + "x", "- " * 20_000 + "x", "[" * 20_000, "*a **b " * 10_000, "{{ " * 20_000, "```\n" * 20_000])
def test_hostile_markdown_is_read_to_its_end(text: str) -> None:
    markdown.parse(f"First words.\n\n{text}\n")


def test_a_page_of_usual_depth_comes_back_as_it_is() -> None:
    page = "<div>" * 50 + "<p>a<br>b<img src=x></p>" * 500 + "</div>" * 50
    assert nesting.bounded(page) == page


def test_the_deepest_tags_are_taken_with_their_ends() -> None:
    deep = "<div>" * 700 + "x" + "</div>" * 700 + "<p>After.</p>"
    bounded = nesting.bounded(deep)
    assert bounded.count("<div>") == bounded.count("</div>") == nesting.DEEPEST
