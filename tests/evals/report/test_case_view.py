"""A case is shown with everything that explains it, in the page and in the console, and the page stays small."""

import json
import re
from dataclasses import replace
from pathlib import Path

from evals import gate, suite
from evals.cases import Suite
from evals.report import case_view, page
from evals.results import slices
from evals.run import Ran
from evals.scores import Score
from service.answers import Struck
from tests.evals.material import FEE, answer, found, mail_case, question_case, results, screened, seen, ticket

MAIL = mail_case(id="m-1", company="pools")
ASKED = question_case(id="q-1")
HIDDEN = question_case(id="q-2", group="q-2", split="locked", question="Which word is locked away?")


def _ran() -> Ran:
    scored = (
        Score("urgency_right", "m-1", 0.0, "expected high, got low"),
        Score("hit@1", "q-1", 1.0),
        Score("ms", "q-1", 40.0),
        Score("usd", "q-1", None, error="LookupError: x"),
        Score("urgency_label", "m-1", "high>low"),
    )
    cases = (ASKED, MAIL, HIDDEN)
    given = answer()
    struck = replace(given, struck=(Struck("It is free.", ("p1",), "no passage says so"),))
    observed = (
        seen("answered", case="q-1", answer=struck, search=found(FEE)),
        seen(
            "handedOver",
            case="m-1",
            why="no_answer",
            screened=screened("<script>alert(1)</script> is dead"),
            ticket=ticket("Ana López", "It is dead.", "low"),
        ),
        seen("handedOver", case="q-2"),
    )
    return Ran(Suite(cases), replace(results({"hit@1": {"q-1": 1.0}}), scores=scored, slices=slices(cases)), observed)


def test_tells_a_case_whole_with_the_stored_run_beside_it() -> None:
    before = results({"urgency_right": {"m-1": 1.0}, "hit@1": {"q-1": 1.0}})
    first, second = case_view.views(_ran(), before)
    assert (first.id, first.company, first.failed, first.changed, first.wrong) == ("m-1", "pools", True, True, ("urgency_right",))
    assert (second.id, second.failed, second.changed) == ("q-1", False, False)
    urgency = first.scores[0]
    assert (urgency.value, urgency.before, urgency.reason) == ("0", "1", "expected high, got low")
    assert "is dead" in first.given
    assert [(link.kept, link.says) for link in second.links] == [(True, "support 0.90"), (False, "struck: no passage says so")]
    assert second.cites[0].quote == "A dispute costs £15."


def test_shows_no_locked_case_anywhere(tmp_path: Path) -> None:
    ran = _ran()
    paths = suite.write(ran, gate.verdict(ran.results, []), None, tmp_path)
    assert "locked away" not in paths.html.read_text("utf-8") + (tmp_path / case_view.FILE).read_text("utf-8")
    assert [one["id"] for one in json.loads((tmp_path / case_view.FILE).read_text("utf-8"))] == ["m-1", "q-1"]


def test_makes_a_page_that_filters_and_runs_nothing_from_a_mail(tmp_path: Path) -> None:
    ran = _ran()
    text = suite.write(ran, gate.verdict(ran.results, []), results({"urgency_right": {"m-1": 1.0}}), tmp_path).html.read_text("utf-8")
    assert "<script>alert(1)</script>" not in text
    assert 'id="m-1" data-failed="1" data-changed="1" data-slices="all|split=dev' in text
    assert len(re.findall("<script>", text)) == 1
    for control in ("failed", "changed", "slice", "words"):
        assert f'id="{control}"' in text
    assert "<s>It is free.</s>" in text


def test_keeps_the_page_small_whatever_the_suite_holds() -> None:
    many = [replace(view, id=f"c-{n}", given="x" * 4000) for n, view in enumerate(case_view.views(_ran(), None) * 400)]
    ran = _ran()
    text = page.html(ran, gate.verdict(ran.results, []), None, many)
    assert len(text.encode()) < 1_500_000
    assert text.count("x" * 4000) == len(page._whole(many))
    assert all(f'id="c-{n}"' in text for n in range(800))
