import re
import subprocess
import sys

from service.models import fencing
from service.models.fencing import fence


def test_a_long_line_is_broken_so_that_no_stretch_is_without_the_mark() -> None:
    lines = fence("word " * 500, "k7q2").split("\n")[1:-1]
    assert len(lines) > 5
    assert all(line.startswith("k7q2| ") and len(line) <= 250 for line in lines)
    assert " ".join(line.removeprefix("k7q2| ").strip() for line in lines).split() == ["word"] * 500


def test_a_mail_that_holds_the_mark_gets_another() -> None:
    first = fencing.mark("Hello")
    held = [first]
    for _ in range(3):
        text = "Hello" + " ".join(held)
        held.append(fencing.mark(text))
        assert held[-1] not in text


def test_a_material_keeps_its_mark_so_that_a_provider_knows_the_words_again() -> None:
    assert fencing.mark("Hello") == fencing.mark("Hello")


def test_another_material_and_another_process_have_other_marks() -> None:
    marks = {fencing.mark(f"mail {number}") for number in range(50)}
    assert len(marks) > 45
    assert all(re.fullmatch(r"[b-z]{4}", mark) for mark in marks)
    asked = [sys.executable, "-c", "from service.models import fencing; print(fencing.mark('Hello'))"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() != fencing.mark("Hello")
