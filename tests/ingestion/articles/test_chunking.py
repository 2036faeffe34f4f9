import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.articles.blocks import Block, Kind
from ingestion.articles.chunking import Chunking, cut
from ingestion.articles.reading import Article

SENTENCE = "The reader takes a card in about two seconds on most days."
ROWS = [
    Block(("Prices",), "row", f"| Plan {number} | {number} pounds a month and nothing more |", "| Plan | Price |\n|---|---|") for number in range(60)
]


def article(*blocks: Block, path: str = "a.md") -> Article:
    return Article(path, "Readers", None, "0", blocks)


def paragraph(text: str, *headings: str, kind: Kind = "paragraph") -> Block:
    return Block(headings, kind, text)


def test_short_sections_share_a_passage_and_their_headings_stay_readable() -> None:
    passages = cut(article(paragraph("One.", "First"), paragraph("Two.", "Second")), Chunking())
    assert [(passage.heading, passage.text) for passage in passages] == [("First", "One.\n\nSecond\nTwo.")]


def test_a_section_that_is_long_enough_ends_at_the_next_heading() -> None:
    passages = cut(article(paragraph(" ".join([SENTENCE] * 9), "First"), paragraph("Two.", "Second", "Deep")), Chunking())
    assert [passage.heading for passage in passages] == ["First", "Second > Deep"]


def test_a_table_that_is_split_repeats_its_head() -> None:
    passages = cut(article(*ROWS), Chunking())
    assert len(passages) > 1
    assert all(passage.text.startswith("| Plan | Price |\n|---|---|\n| Plan") for passage in passages)


def test_a_table_that_fits_is_not_split() -> None:
    passages = cut(article(paragraph(" ".join([SENTENCE] * 11), "Prices"), *ROWS[:8]), Chunking())
    assert [passage.text.count("| Plan ") for passage in passages] == [0, 9]


def test_a_list_stays_with_the_line_that_leads_in_to_it() -> None:
    steps = [paragraph(f"{number}. {SENTENCE}", kind="item") for number in range(1, 8)]
    passages = cut(article(paragraph(" ".join([SENTENCE] * 12)), paragraph("Do this:"), *steps), Chunking())
    assert passages[1].text.startswith("Do this:\n1. ")
    assert re.findall(r"^\d", passages[1].text, re.MULTILINE) == list("1234567")


def parts(*openings: str) -> list[Block]:
    return [paragraph(" ".join([opening] + [SENTENCE] * 9), f"Part {number}") for number, opening in enumerate(openings)]


def test_ids_survive_an_edit_elsewhere_in_the_article() -> None:
    before = cut(article(*parts("One.", "Two.", "Three.")), Chunking())
    after = cut(article(*parts("One, and a new sentence that was not there.", "Two.", "Three.")), Chunking())
    assert [passage.id for passage in before[1:]] == [passage.id for passage in after[1:]]
    assert before[0].id != after[0].id


def test_a_section_that_shrinks_to_a_line_changes_its_neighbour_and_no_other() -> None:
    before = cut(article(*parts("One.", "Two.", "Three.")), Chunking())
    after = cut(article(paragraph("Gone.", "Part 0"), *parts("One.", "Two.", "Three.")[1:]), Chunking())
    assert {passage.id for passage in before} & {passage.id for passage in after} == {before[2].id}


def test_the_same_text_twice_has_two_ids() -> None:
    twice = [paragraph(" ".join([SENTENCE] * 9), f"Part {number}") for number in range(2)]
    passages = cut(article(*twice), Chunking())
    assert len({passage.id for passage in passages}) == 2
    assert passages[0].id != cut(article(*twice, path="b.md"), Chunking())[0].id


def test_a_page_without_a_single_space_is_cut_too() -> None:
    passages = cut(article(paragraph("x" * 50_000)), Chunking())
    assert max(len(passage.text) for passage in passages) < 4_000
    assert sum(passage.text.count("x") for passage in passages) == 50_000


texts = st.lists(
    st.sampled_from(["Open the app.", "fees", SENTENCE, "e.g. this one", "A? B!", "https://a.example/x?y=1&z=2"]), min_size=1, max_size=90
).map(" ".join)
blocks = st.lists(
    st.builds(
        Block,
        st.sampled_from([(), ("One",), ("One", "Two"), ("Three",)]),
        st.sampled_from(["paragraph", "item", "code"]),
        texts,
    ),
    min_size=1,
    max_size=12,
)


@given(blocks)
@settings(max_examples=60, deadline=None)
def test_every_word_is_in_a_passage_in_its_order(given_blocks: list[Block]) -> None:
    passages = cut(article(*given_blocks), Chunking(words=40, settled=20))
    written = " ".join(passage.text for passage in passages).split()
    expected = " ".join(block.text for block in given_blocks).split()
    remaining = iter(written)
    assert all(word in remaining for word in expected)  # a subsequence: only headings stand between
    assert all(passage.text.strip() for passage in passages)
