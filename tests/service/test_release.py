"""Release files."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service import release
from service.release import PinnedPrompt, Release, ReleaseError, RoutePin

PROMPTS = {"extract_ticket": "a" * 64, "answer_ticket": "b" * 64}


def a_release(**changes: object) -> Release:
    plain = Release(
        name="r2", extract_prompt=PinnedPrompt(name="extract_ticket", version="v1"), answer_prompt=PinnedPrompt(name="answer_ticket", version="v1")
    )
    return plain.model_copy(update=changes)


def test_the_seal_changes_with_everything_that_can_change_an_answer() -> None:
    plain = a_release()
    changed = [
        release.seal(plain, PROMPTS, "s1"),
        release.seal(plain, PROMPTS | {"extract_ticket": "c" * 64}, "s1"),
        release.seal(plain, PROMPTS, "s2"),
        release.seal(a_release(retrieval=plain.retrieval.model_copy(update={"passages": 3})), PROMPTS, "s1"),
        release.seal(a_release(monitors=plain.monitors.model_copy(update={"alpha": 0.2})), PROMPTS, "s1"),
    ]
    assert len(set(changed)) == len(changed)


def test_the_seal_does_not_change_with_a_name_or_a_reason() -> None:
    assert release.seal(a_release(), PROMPTS, "s1") == release.seal(a_release(name="r3", why="because", created="2026-01-01"), PROMPTS, "s1")


def test_the_seal_is_the_same_whether_a_file_pins_its_content_or_leaves_it_open() -> None:
    pinned = PinnedPrompt(name="extract_ticket", version="v1", sha256="a" * 64)
    assert release.seal(a_release(), PROMPTS, "s1") == release.seal(a_release(extract_prompt=pinned), PROMPTS, "s1")


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("[monitors.smells]\nlimit = 1\n", "monitors.smells"),
        ("[monitors.fallback]\nlimit = -1\n", "monitors.fallback.limit"),
        ("[monitors]\nalpha = 2\n", "monitors.alpha"),
        ("[retrieval]\npassages = 0\n", "retrieval.passages"),
    ],
)
def test_names_the_place_of_a_fault(tmp_path: Path, lines: str, named: str) -> None:
    path = tmp_path / "r2" / "release.toml"
    path.parent.mkdir()
    prompts = '[extract_prompt]\nname = "a"\nversion = "v1"\n[answer_prompt]\nname = "b"\nversion = "v1"\n'
    path.write_text(f'name = "r2"\n{prompts}{lines}', "utf-8")
    with pytest.raises(ReleaseError, match=named):
        release.load(path)


def test_a_second_opinion_is_part_of_the_seal_and_none_leaves_it_as_it_was() -> None:
    verify = PinnedPrompt(name="verify_answer", version="v1")
    pins = {"extract_prompt": a_release().extract_prompt, "answer_prompt": a_release().answer_prompt}
    second = Release(name="r2", **pins, verify_prompt=verify, routes=(RoutePin(task="verify", provider="openai", model="gpt-4o-mini"),))
    seals = {release.seal(second, PROMPTS | {"verify_answer": letter * 64}, "s1") for letter in "cd"}

    assert len(seals) == 2
    assert release.seal(Release(name="r2", **pins, verify_prompt=None), PROMPTS, "s1") == release.seal(a_release(), PROMPTS, "s1")


def test_a_second_opinion_needs_both_its_prompt_and_its_route() -> None:
    pins = {"extract_prompt": a_release().extract_prompt, "answer_prompt": a_release().answer_prompt}
    with pytest.raises(ValidationError, match="both a verify_prompt and a route"):
        Release(name="r2", **pins, verify_prompt=PinnedPrompt(name="verify_answer", version="v1"))
    with pytest.raises(ValidationError, match="both a verify_prompt and a route"):
        Release(name="r2", **pins, routes=(RoutePin(task="verify", provider="openai", model="gpt-4o-mini"),))
