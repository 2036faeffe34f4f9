"""Which release may be put in use."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retrieval.index import SnapshotError
from service import prompting, release
from service.prompting import PromptError
from service.release import Release, ReleaseError
from service.releases import certificate
from service.releases.certificate import Certificate, NotGated, Verdict
from service.settings import Settings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose releases and prompts a test may change."""
    releases, prompts = tmp_path / "releases", tmp_path / "prompts"
    (releases / "r1").mkdir(parents=True)
    shutil.copy(settings.releases_dir / "r1" / "release.toml", releases / "r1")
    shutil.copytree(settings.prompts_dir, prompts)
    return settings.model_copy(update={"releases_dir": releases, "prompts_dir": prompts})


def the_release(own: Settings, **changes: object) -> Release:
    return release.load(own.releases_dir / "r1" / "release.toml").model_copy(update=changes)


def certify(own: Settings, chosen: Release, verdict: Verdict = "pass", file: str = certificate.CERTIFICATE, at: datetime = NOON) -> None:
    usable = certificate.usable(chosen, own)
    held = Certificate(release="r1", seal=usable.seal, snapshot=usable.snapshot, verdict=verdict, reasons=("urgency fell",), at=at)
    (own.releases_dir / "r1" / file).write_text(held.model_dump_json(), "utf-8")


def test_lets_a_release_pass_with_a_report_made_from_these_hashes(own: Settings) -> None:
    certify(own, the_release(own))
    assert certificate.reason(the_release(own), own, "better", force=False) == "better"


def test_refuses_a_release_without_a_report_and_says_which_command_makes_it(own: Settings) -> None:
    with pytest.raises(NotGated, match="proofdesk release check r1"):
        certificate.reason(the_release(own), own, "better", force=False)


@pytest.mark.parametrize("verdict", ["fail", "not enough evidence"])
def test_refuses_a_release_that_did_not_pass_and_says_why(own: Settings, verdict: Verdict) -> None:
    certify(own, the_release(own), verdict)
    with pytest.raises(NotGated, match="urgency fell"):
        certificate.reason(the_release(own), own, "better", force=False)


@pytest.mark.parametrize("verdict", ["fail", "not enough evidence"])
def test_refuses_a_release_whose_last_check_did_not_pass_although_an_earlier_one_did(own: Settings, verdict: Verdict) -> None:
    certify(own, the_release(own))
    certify(own, the_release(own), verdict, certificate.FAILED, NOON + timedelta(hours=1))
    with pytest.raises(NotGated, match="urgency fell"):
        certificate.reason(the_release(own), own, "better", force=False)
    held, last = certificate.read(own.releases_dir / "r1"), certificate.last(own.releases_dir / "r1")
    assert held
    assert last
    assert (held.verdict, last.verdict) == ("pass", verdict)


def test_lets_a_release_pass_that_failed_before_or_with_other_hashes(own: Settings) -> None:
    chosen = the_release(own)
    changed = chosen.model_copy(update={"retrieval": chosen.retrieval.model_copy(update={"passages": 3})})
    certify(own, chosen)
    certify(own, changed, "fail", certificate.FAILED, NOON + timedelta(hours=1))
    assert certificate.reason(chosen, own, "better", force=False) == "better"
    with pytest.raises(NotGated, match="urgency fell"):
        certificate.reason(changed, own, "better", force=False)
    certify(own, chosen, "fail", certificate.FAILED, NOON - timedelta(hours=1))
    assert certificate.reason(chosen, own, "better", force=False) == "better"


def test_refuses_a_report_made_before_a_number_was_changed(own: Settings) -> None:
    chosen = the_release(own)
    certify(own, chosen)
    changed = chosen.model_copy(update={"retrieval": chosen.retrieval.model_copy(update={"passages": 3})})
    with pytest.raises(NotGated, match="other hashes"):
        certificate.reason(changed, own, "better", force=False)


def test_refuses_a_report_made_before_a_prompt_was_edited(own: Settings) -> None:
    made = the_release(own)
    unpinned = made.model_copy(update={"extract_prompt": made.extract_prompt.model_copy(update={"sha256": ""})})
    certify(own, unpinned)
    path = own.prompts_dir / "extract_ticket" / "v1" / "prompt.md"
    path.write_text(path.read_text("utf-8") + "\nAlways say high.\n", "utf-8")
    with pytest.raises(NotGated, match="other hashes"):
        certificate.reason(unpinned, own, "better", force=False)


def test_refuses_an_edited_prompt_under_a_released_hash_even_when_forced(own: Settings) -> None:
    chosen = the_release(own)
    pin = chosen.extract_prompt.model_copy(update={"sha256": certificate.pinned(chosen.extract_prompt, own.prompts_dir).sha256})
    path = own.prompts_dir / "extract_ticket" / "v1" / "rubric.yaml"
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    with pytest.raises(ReleaseError, match="extract_ticket v1 was changed after it was released"):
        certificate.reason(chosen.model_copy(update={"extract_prompt": pin}), own, "better", force=True)


@pytest.mark.parametrize("table", ["sentences", "examples", "names"])
def test_a_table_that_cannot_be_read_stops_what_is_not_pinned_yet_and_is_named_by_what_is(own: Settings, table: str) -> None:
    path = own.prompts_dir / "extract_ticket" / "v1" / f"{table}.jsonl"
    path.write_text(path.read_text("utf-8") + "{cut off\n", "utf-8")
    pin = the_release(own).extract_prompt.model_copy(update={"sha256": ""})
    with pytest.raises(PromptError, match=rf"{table}\.jsonl:\d+: not JSON"):
        certificate.pinned(pin, own.prompts_dir)
    pin = pin.model_copy(update={"sha256": prompting.digest(path.parent)})
    with pytest.raises(PromptError, match=rf"{table}\.jsonl:\d+: not JSON"):
        certificate.pinned(pin, own.prompts_dir).tables[table]


def test_a_forced_release_says_on_record_what_it_was_forced_past(own: Settings) -> None:
    words = certificate.reason(the_release(own), own, "the desk is on fire", force=True)
    assert words.startswith("forced past the gate")
    assert words.endswith("the desk is on fire")


def test_refuses_an_unknown_snapshot_by_name(own: Settings) -> None:
    chosen = the_release(own)
    with pytest.raises(SnapshotError, match="0123456789abcdef"):
        certificate.usable(chosen.model_copy(update={"retrieval": chosen.retrieval.model_copy(update={"snapshot": "0123456789abcdef"})}), own)


def test_refuses_an_unknown_prompt_version_by_name(own: Settings) -> None:
    chosen = the_release(own)
    with pytest.raises(PromptError, match="v77"):
        certificate.usable(chosen.model_copy(update={"extract_prompt": chosen.extract_prompt.model_copy(update={"version": "v77"})}), own)


def test_refuses_a_certificate_it_cannot_read(own: Settings) -> None:
    (own.releases_dir / "r1" / certificate.CERTIFICATE).write_text("{}", "utf-8")
    with pytest.raises(ReleaseError, match=r"gate\.json"):
        certificate.reason(the_release(own), own, "better", force=True)
