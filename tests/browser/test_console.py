"""The console as people meet it, in a real browser."""

import statistics
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from service import ids
from service.releases import moves
from service.stages import extraction
from service.storage import incidents
from service.storage.database import writing
from service.storage.tables import Email, Ticket
from tests.browser.conftest import Served

NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
NASTY = '"><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>'
PAGES = ("/", "/ask", "/releases", "/evals", "/operations", "/help-centre")


def _paste(page: Any, text: str) -> None:
    page.goto("/")
    if not page.locator("#drop").evaluate("one => one.open"):
        page.click("#drop > summary")
    page.fill("#paste", text)
    page.click("#new button")
    page.wait_for_selector("#run-says a")


def _ticket(page: Any, text: str) -> None:
    _paste(page, text)
    page.click("#run-says a")
    page.wait_for_selector(".ticket-head")


def _give_name(page: Any, name: str = "Bo") -> None:
    page.fill("#name input[name=name]", name)
    page.click("#name button")
    page.wait_for_selector("#approve")


def test_a_first_visit_explains_itself_and_offers_the_sample_inbox(page: Any) -> None:
    page.goto("/")

    assert page.get_by_role("button", name="Load the sample inbox").is_visible()


def test_a_pasted_email_lights_its_stages_and_leads_to_its_answer(page: Any) -> None:
    _paste(page, "Subject: Charged twice\n\nI was charged twice for October. Can I have the second charge returned?\n\nAna López")

    assert page.locator('.stages li[data-stage="extract"].lit b').inner_text().endswith(("ms", "s"))
    page.click("#run-says a")
    assert "Ana López" in page.inner_text(".fields")
    page.click(".answer .draft .cite >> nth=0")
    assert page.locator(".passage[open] mark.m-quote").first.is_visible()
    page.click(".passage[open] .back >> nth=0")
    assert page.evaluate("location.hash") == "#sentence-1"


def test_a_stage_shows_while_it_runs(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, real = threading.Event(), extraction.extract
    monkeypatch.setattr(extraction, "extract", lambda *given: (go_on.wait(20), real(*given))[1])
    page.goto("/")
    if not page.locator("#drop").evaluate("one => one.open"):
        page.click("#drop > summary")
    page.fill("#paste", "Subject: Slow\n\nHow long does a full charge of the battery take?")
    page.click("#new button")

    page.wait_for_selector('.stages li[data-stage="screen"].lit')
    page.wait_for_selector('.stages li[data-stage="extract"].next')
    assert page.locator("#run-says a").count() == 0
    go_on.set()
    page.wait_for_selector('.stages li[data-stage="extract"].lit')
    page.wait_for_selector("#run-says a")


def test_an_incident_is_closed_with_what_was_done(page: Any, served: Served) -> None:
    incidents.open_or_add(served.desks.engine, "drift", "medium", "r1", "a topic that no article has", datetime.now(UTC), "drift", {})
    page.goto("/operations")
    page.fill(".incident[open] input[name=why]", "wrote the article")
    page.click(".incident[open] button")

    page.wait_for_selector(".i-closed")
    assert not incidents.listed(served.desks.engine, open_only=True)


def test_a_ticket_is_reviewed_by_keyboard_alone(page: Any) -> None:
    _ticket(page, "Subject: Battery\n\nHow long does a full charge of the battery take?")

    page.keyboard.press("a")
    page.keyboard.type("Bo")
    page.keyboard.press("Enter")
    page.wait_for_selector("#approve")
    page.keyboard.press("r")
    page.keyboard.type("It answers another question.")
    page.keyboard.press("Enter")
    page.wait_for_selector(".timeline")

    assert "It answers another question." in page.inner_text(".timeline")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".s-approved")


def test_markup_in_every_field_of_a_mail_stays_text(page: Any) -> None:
    _ticket(page, f'From: "{NASTY[2:]}" <a@example.com>\nTo: {NASTY}\nSubject: {NASTY}\n\nI was charged twice {NASTY}?\n\n> {NASTY}\n\n{NASTY}')

    assert page.locator("main img, main script").count() == 0
    page.goto("/")
    assert page.locator("main img, main script").count() == 0


def test_an_email_of_200_kilobytes_is_shown(page: Any) -> None:
    _ticket(page, "Subject: Long\n\nI was charged twice, how do I get the charge returned?\n\n" + "A long story about bicycles. " * 7000)

    assert len(page.inner_text(".letter .body")) > 190_000


def test_releases_are_compared_and_rolled_back_with_a_reason(page: Any, served: Served) -> None:
    moves.activate(served.desks.engine, "r2", "ana", "four passages are enough", datetime.now(UTC))
    page.goto("/releases?left=r1&right=r2")

    assert "passages = 4" in page.inner_text(".diff")
    page.locator("section[aria-label='Roll back'] input[name=why]").fill("answers got worse")
    page.click("#rollback")
    page.wait_for_function("document.body.innerText.includes('answers got worse')")
    assert moves.active(served.desks.engine) == "r1"


def test_the_inbox_follows_what_happens_elsewhere(page: Any, browser: Any, served: Served) -> None:
    page.goto("/")
    page.wait_for_timeout(1500)
    elsewhere = browser.new_page(base_url=served.url)
    _paste(elsewhere, "Subject: A parcel from elsewhere\n\nHow many days does a delivery to Ireland take?")
    elsewhere.close()

    page.wait_for_selector("#list a:has-text('A parcel from elsewhere')")


def test_a_question_is_streamed_with_its_passages(page: Any) -> None:
    page.goto("/ask")
    page.fill("textarea", "How long does a full charge of the battery take?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ask-took:not(:empty)")

    assert "4 hours" in page.inner_text("#ask-answer")
    assert page.locator("#ask-passages .passage").count() > 0
    page.click("#ask-answer .quotes a >> nth=0")
    assert "4 hours" in page.inner_text("#ask-passages details[open] mark.m-quote >> nth=0")
    page.click("#ask-passages details[open] .back >> nth=0")
    assert page.evaluate("location.hash") == "#sentence-1"


def test_a_late_edit_shows_the_others_text_and_keeps_ones_own(page: Any, browser: Any, served: Served) -> None:
    _ticket(page, "Subject: Battery twice\n\nHow long does a full charge of the battery take?")
    _give_name(page)
    elsewhere = browser.new_page(base_url=served.url)
    elsewhere.goto(page.url)
    _give_name(elsewhere, "Cy")
    elsewhere.click("#edit > summary")
    elsewhere.fill("#edit textarea[name=answer]", "A full charge takes 4 hours.\nWe will call you tomorrow.")
    elsewhere.click("#edit button")
    elsewhere.wait_for_selector(".timeline")
    assert "On Cy’s word" in elsewhere.inner_text(".answer")
    elsewhere.close()

    page.click("#edit > summary")
    page.fill("#edit textarea[name=answer]", "It takes a while.")
    page.click("#edit button")
    page.wait_for_selector(".changed")
    assert "We will call you tomorrow." in page.inner_text(".changed")
    assert page.input_value("#edit textarea[name=answer]") == "It takes a while."
    page.click("#edit button")
    page.wait_for_function("document.querySelectorAll('.timeline li').length === 2")


def test_a_search_is_an_address_that_can_be_paged_and_kept(page: Any) -> None:
    _paste(page, "Subject: Okapi\n\nMy okapi bell was charged twice. What now?")
    page.goto("/")
    page.fill("#filters input[type=search]", "okapi")
    page.keyboard.press("Enter")
    page.wait_for_selector("#list a:has-text('Okapi')")

    assert "q=okapi" in page.url
    assert "1 ticket matches" in page.inner_text("#list")
    assert page.locator("#list tbody tr").count() == 1


def test_reading_and_reviewing_work_without_scripts(browser: Any, served: Served) -> None:
    context = browser.new_context(base_url=served.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.click("#list .c-request a >> nth=0")
    _give_name(page)
    page.click("#approve")

    assert page.locator(".ticket-head .s-approved, .ticket-head .s-closed").count() == 1
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_leaves_a_phones_width(page: Any, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("path", [*PAGES, "ticket"])
def test_axe_finds_no_serious_fault(page: Any, axe: str, path: str, colours: str) -> None:
    page.emulate_media(color_scheme=colours)
    page.goto("/" if path == "ticket" else path)
    if path == "ticket":
        page.click("#list .c-request a >> nth=0")
    found = page.evaluate(f"async () => {{ {axe}; return (await axe.run()).violations; }}")

    serious = [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []


def test_ten_thousand_tickets_answer_like_ten(page: Any, served: Served) -> None:
    def median() -> float:
        times = []
        for _ in range(7):
            began = time.perf_counter()
            page.request.get("/")
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    few = median()
    rows = [ids.new(datetime.fromtimestamp(1_700_000_000 + at, UTC)) for at in range(10_000)]
    head = {"received_at": NOW, "subject": "A subject", "sender": "a@example.com", "size": 1, "state": "done", "tries": 1, "digest": "d"}
    with writing(served.desks.engine) as session:
        session.execute(insert(Email), [{"id": id, "key": id, **head} for id in rows])
        session.execute(insert(Ticket), [{"email_id": id, "status": "answered", "urgency": "low", "finished_at": NOW} for id in rows])

    many = median()

    print(f"list of few tickets {few * 1000:.0f} ms, of 10,000 {many * 1000:.0f} ms")
    page.goto("/")
    assert page.locator("#list tbody tr").count() == 50
