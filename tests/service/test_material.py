"""Only what was screened can fill a prompt, by its type."""

import subprocess
import sys
from pathlib import Path

import pytest

from service.models import Call
from service.models.messages import Renderer
from service.prompting import Material, Prompt, PromptError, PromptFolder
from service.tickets import Ticket

ROOT = Path(__file__).parents[2]
SNIPPET = """
from ingestion.mail.message import Message
from service.prompting import Prompt, PromptFolder
from service.questions import Question
from service.screening import screening
from service.screening.screening import Screened


def make(folder: PromptFolder, raw: Message, words: str) -> None:
    Prompt(folder, screening.screen(raw))  # fine
    Prompt(folder, Question(screening.screen_question(words).text, {}))  # fine
    Prompt(folder, raw)  # refused: a raw message
    Prompt(folder, words)  # refused: a string
    Prompt(folder, 42)  # refused: anything
    Prompt(folder, Question(words, {}))  # refused: a question that nobody screened
    Prompt(folder, Question(raw.text, {}))  # refused: a mail's text as a question
    prompt: Prompt[Screened] = Prompt(folder, Question(screening.screen_question(words).text, {}))  # refused: a question for a mail
"""


def test_the_type_checker_refuses_a_prompt_of_what_was_not_screened(tmp_path: Path) -> None:
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPET, "utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "--no-pretty", "--hide-error-context", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    refused = {int(line.split(":")[1]) for line in done.stdout.splitlines() if f"{path.name}:" in line and ": error:" in line}
    assert refused == {number for number, line in enumerate(SNIPPET.splitlines(), 1) if "# refused: " in line}, done.stdout + done.stderr


@pytest.mark.parametrize("written_schema", [False, True])
def test_material_of_no_known_kind_is_refused_rather_than_guessed_at(written_schema: bool) -> None:
    folder = PromptFolder("p", "v1", "0", {}, "Fill in the ticket.", "{{mail}}", {}, {})
    with pytest.raises(PromptError, match="Material"):
        Renderer().render(Call("extract", Prompt(folder, Material()), Ticket), written_schema)
