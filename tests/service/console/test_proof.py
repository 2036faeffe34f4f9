"""Sentences and passages that link to each other."""

from retrieval.passages import Passage
from service.console import proof
from service.wire import Citation, Sentence, SentenceQuote, StruckSentence

PASSAGE = Passage("a1", "fees.md", "Fees", "Delivery", "Delivery costs £12 a trip. It takes two days.")
SENTENCES = [
    Sentence(text="Delivery costs £12 a trip.", citations=["p1"], support=1.0, quotes=[SentenceQuote(passage="p1", text="Delivery costs £12 a trip.", start=0, end=26)]),
    Sentence(text="You wait for two days.", citations=["p1"], support=0.7, quotes=[SentenceQuote(passage="p1", text="It takes two days.")]),
]  # fmt: skip
STRUCK = StruckSentence(text="It is free.", citations=["p2"], link="coverage", says="", why="")


def test_a_sentence_leads_to_its_quote_and_the_quote_back() -> None:
    lines = proof.lines(SENTENCES)
    opened = proof.opened(lines, [], [], {"p1": PASSAGE})

    assert lines[0].cites == (("p1", "#quote-1-p1"),)
    assert [(piece.text, piece.names) for piece in opened[0].pieces if piece.kinds] == [
        ("Delivery costs £12 a trip.", ("quote-1-p1",)),
        ("It takes two days.", ("quote-2-p1",)),
    ]
    assert [lines[at].quotes[0].same for at in (0, 1)] == [True, False]


def test_what_a_struck_sentence_cites_can_be_opened_too() -> None:
    other = Passage("b2", "more.md", "More", "", "Nothing is free.")
    assert [one.label for one in proof.opened(proof.lines(SENTENCES), [STRUCK], [], {"p1": PASSAGE, "p2": other})] == ["p1", "p2"]


def test_a_passage_that_is_gone_shows_what_was_quoted_of_it() -> None:
    cited = Citation(id="p1", article="fees.md", title="Fees", heading="", quote="Delivery costs £12 a trip.", score=0.7)
    found = proof.opened(proof.lines(SENTENCES), [STRUCK], [cited], {})
    assert [(one.label, one.quote, one.pieces) for one in found] == [("p1", "Delivery costs £12 a trip.", [])]
