"""A week of mail on topics that the help centre lacks shows on the monitors; last week's ordinary mail does not."""

import itertools
from collections.abc import Sequence

import pytest

from evals import cases
from ops.watch import drift, monitors, traffic
from ops.watch.traffic import Mail
from retrieval import index
from service import bootstrap
from service.release import Monitors
from service.releases.certificate import Baseline
from service.settings import Settings
from tests.service.fakes import mail

RULES = Monitors()
WEEK = 40
PEOPLE = ("Ana López", "Bo Lind", "Chidi Okoye", "Dana Weiss", "Emre Kaya", "Fay Doyle", "Gil Baptista", "Hana Sato")
ASKED = (
    ("Invoice", "Where do I download the invoice of last month as a PDF?"),
    ("Charged twice", "September was charged twice to my card. When do I get the second charge back?"),
    ("Charging", "How many hours does a full charge of the battery take, and how warm may the room be?"),
    ("Battery is hot", "After the ride the battery got hot. May I charge it again?"),
    ("Delivery", "How many days does a delivery to Ireland take?"),
    ("My parcel", "Where can I follow the parcel with my order?"),
    ("Rental", "Can I still cancel the rental of Saturday, and is it free of charge?"),
    ("Cancelled late", "We cancelled the rental two hours before it starts. How much of the price do you keep?"),
    ("Thanks", "Thank you, the bike rides beautifully."),
    ("Bell", "Do you sell bells in red?"),
)


def ordinary(start: int) -> list[bytes]:
    """Give a week of mail to a shop for bikes, other people asking in another order each week."""
    people, asked = itertools.cycle(PEOPLE[start:] + PEOPLE[:start]), itertools.cycle(ASKED[start:] + ASKED[:start])
    pairs = itertools.islice(zip(people, asked, strict=False), WEEK)
    return [mail(subject, f"{start}-{at}@x", f"Hello,\n\n{text}\n\nRegards\n{who}") for at, (who, (subject, text)) in enumerate(pairs)]


def foreign() -> list[bytes]:
    """Give a week of mail about other trades altogether."""
    suite = cases.load().only(("dev",))
    return [suite.raw(case) for case in suite.mails if case.kind == "golden"][:WEEK]


@pytest.fixture
def played(settings: Settings) -> tuple[list[Mail], list[Mail], list[Mail], drift.Words]:
    """Run three weeks through the real desk: the one that the baseline is of, the one after it, and one off topic."""
    name = index.current(settings.data_dir)
    assert name
    desks = bootstrap.open_desks(settings)
    try:
        desk = desks.choose()
        words = drift.unknown_words(bootstrap.shelf(settings.data_dir, desk.release, name).snapshot.index)
        return traffic.played(ordinary(0), desk), traffic.played(ordinary(3), desk), traffic.played(foreign(), desk), words
    finally:
        desks.close()


def beyond(week: Sequence[Mail], baseline: Baseline, words: drift.Words) -> set[str]:
    return {one.monitor for one in monitors.take(week, RULES, baseline, words) if one.beyond}


def test_another_topic_shows_and_ordinary_mail_does_not(played: tuple[list[Mail], list[Mail], list[Mail], drift.Words]) -> None:
    before, after, off_topic, words = played
    baseline = monitors.learn(before, "test", words)

    assert beyond(after, baseline, words) == set()
    assert {"new_words", "below_floor"} <= beyond(off_topic, baseline, words)
