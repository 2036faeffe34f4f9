"""Ten help centres in the shapes that other tools export, from the folder to the quoted answer. Each tells of another trade."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion import build, collecting
from ingestion.articles.chunking import Chunking
from ingestion.collecting import Collected
from retrieval import index
from service import asking, bootstrap
from service.answers import Answer
from service.pipeline import Desk
from service.settings import Settings
from service.trace import Trace

EXPORTS = Path(__file__).parent / "exports"

# tool, question, file of the article, words of the passage that answers it
ASKED = [
    ("zendesk", "How much does a kayak cost that comes back late?", "360012-Late-return-fees.html", "£15 (double on bank holidays) for every hour"),
    ("zendesk", "Which life jacket fits a child's weight?", "360013-Life-jackets.html", "| Child | 15 to 40 kg |"),
    ("intercom", "What does it cost to pause my gym membership?", "8812-pause-your-gym-membership.html", "A paused month costs 5 euros"),
    ("docusaurus", "What do I run in the folder of the project to restore a backup?", "docs/backups/restore.mdx", "Run quay restore --latest"),
    ("docusaurus", "How long are database backups kept?", "docs/backups/restore.mdx", "kept for 35 days"),
    ("mkdocs", "How long does the solar panel take to charge the hive sensor?", "docs/sensors.md", "about six hours of sun"),
    ("gitbook", "When are translation invoices sent?", "billing/invoices.md", "second working day of each month"),
    ("wordpress", "When does a puppy get its first vaccination?", "vaccination-of-puppies/index.html", "first vaccination at eight weeks"),
    (
        "wordpress",
        "May my puppy walk outside before the second vaccination?",
        "vaccination-of-puppies/index.html",
        "Carry your puppy outside until two weeks",
    ),
    ("notion", "What do I do if the van breaks down?", "Onboarding of drivers 3f2a9c1e5b7d4a60.md", "Call the van depot on 0161 555 0147"),
    (
        "notion",
        "How much diesel can a driver buy with a fuel card?",
        "Onboarding of drivers 3f2a9c1e5b7d4a60/Fuel cards 77aa01.html",
        "120 litres of diesel",
    ),
    ("confluence", "What does a lost library book cost?", "Borrowing_65601.html", "its price and a fee of £3"),
    ("confluence", "For how many weeks is a novel lent?", "Borrowing_65601.html", "| Novel | 4 | 2 |"),
    ("sphinx", "How high may the drone fly?", "limits.html", "120 m (50 m near airfields) above the ground"),
    ("pdf", "What does it cost to replace a lost lift ticket?", "Lift tickets 2026.pdf", "a fee of 10 euros"),
    ("pdf", "What does an evening lift ticket cost for a child?", "Lift tickets 2026.pdf", "| Evening | 19 euros | 12 euros |"),
]

# what of each tool's own must never reach an answer
FURNITURE = (
    "found this helpful", "Where we are", "All Collections", "import Tabs", "TabItem", "staff", ":::", "!!!", "{:", "{ #", "{%", "caption", "Share this",
    "Recent comments", "Skip to content", "powered by", "<aside>", "Created by", "Document generated", "shelf.png", "¶", "Table of Contents", "genindex",
    "Alpine Lifts Handbook", "1 / 2", "80 litres", "ten twenty", "£151", "120 m1", "will be encrypted",
)  # fmt: skip

DATES = {
    "intercom": "2026-03-14", "docusaurus": "2026-04-02", "wordpress": "2026-02-20", "notion": "2026-05-03", "confluence": "2026-05-03", "sphinx": "2026-04-01",
}  # fmt: skip


@pytest.fixture(scope="module")
def collected() -> Collected:
    return collecting.collect([EXPORTS], Chunking())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, kept: Path) -> Iterator[Desk]:
    """Give the desk, without any provider, of a company whose help centre is all ten exports."""
    folder = tmp_path_factory.mktemp("exports")
    for name in ("encoders", "fitted"):
        (folder / name).symlink_to(kept / name)
    index.make_current(folder, build.build([EXPORTS], folder).snapshot_name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # away from any .env
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
            patch.delenv(name, raising=False)
        desks = bootstrap.open_desks(Settings(data_dir=folder))
    yield desks.choose()
    desks.close()


@pytest.mark.parametrize(("tool", "question", "article", "words"), ASKED)
def test_the_passage_that_answers_is_found_first(desk: Desk, tool: str, question: str, article: str, words: str) -> None:
    _, search = asking.find(question, desk, Trace())
    first = search.found[0].passage
    assert first.article == f"{tool}/{article}"
    assert words in first.text


@pytest.mark.parametrize(("tool", "question", "article", "words"), ASKED)
def test_what_is_answered_is_quoted_from_the_right_article(desk: Desk, tool: str, question: str, article: str, words: str) -> None:
    reached = asking.ask(question, desk, Trace()).reached
    assert isinstance(reached, Answer), reached
    assert f"{tool}/{article}" in {one.article for one in reached.citations}


def test_the_furniture_of_a_tool_is_in_no_passage(collected: Collected) -> None:
    assert [(one.article, mark) for one in collected.passages for mark in FURNITURE if mark in one.headed()] == []


def test_the_day_that_a_tool_states_is_kept(collected: Collected) -> None:
    updated = {entry.path.split("/")[0]: entry.updated for entry in collected.entries if entry.updated}
    assert updated == DATES


def test_what_is_not_an_article_is_told(collected: Collected) -> None:
    assert {one.path for one in collected.skipped} == {"docusaurus/docs/backups/encryption.md", "gitbook/SUMMARY.md", "pdf/Old scan.pdf"}
