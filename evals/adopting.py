"""Takes a candidate, once a person put it right, into the suite."""

import shutil
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from evals import cases
from evals.cases import MailCase
from evals.judge import labels as labelling
from evals.judge.labels import Label


class NotAdopted(Exception):
    """A candidate is not ready for the suite. The message names the file and what is wrong."""


def adopt(candidate: Path, golden: Path = cases.GOLDEN, judged: Path = labelling.LABELS.parent) -> Path:
    """Check a candidate, and add it to the suite's file of adopted cases (its mail beside), or to the labelled answers; return that file.

    It goes into the development split, for whoever adopts it has looked at it. Raises NotAdopted, CaseError.
    """
    try:
        rows = yaml.load(candidate.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except OSError as exc:
        raise NotAdopted(f"there is no candidate {candidate.stem}: {exc.strerror or exc}") from exc
    except yaml.YAMLError as exc:
        raise NotAdopted(f"{candidate}: not YAML: {exc}") from exc
    if isinstance(rows, list) and rows and isinstance(rows[0], dict) and rows[0].get("kind") == "answer":
        return _labelled(candidate, rows, judged / labelling.ADOPTED)
    return _mail(candidate, golden)


def _mail(candidate: Path, golden: Path) -> Path:
    known = cases.load(golden).by_id
    adopted = []
    for case, line in cases.read(candidate):
        if not isinstance(case, MailCase):
            raise NotAdopted(f"{candidate}:{line}: a candidate is a mail or an answer, not a case of kind {case.kind}")
        if case.id in known:
            raise NotAdopted(f"{candidate}:{line}: case {case.id} is in the suite already")
        if (case.expected.urgency is None) != (case.expected.issue_summary is None):
            raise NotAdopted(f"{candidate}:{line}: urgency and issueSummary are null together")
        if not (candidate.parent / "mails" / case.mail).is_file():
            raise NotAdopted(f"{candidate}:{line}: there is no mail {candidate.parent / 'mails' / case.mail}")
        adopted.append(case.model_copy(update={"split": "dev", "company": cases.OWN}))
    path = golden / labelling.ADOPTED
    for case in adopted:
        shutil.copy(candidate.parent / "mails" / case.mail, golden / "mails" / case.mail)
    _append(path, [case.model_dump(mode="json", by_alias=True, exclude_defaults=True) for case in adopted], cases.FIRST_LINE)
    return path


def _labelled(candidate: Path, rows: list[object], path: Path) -> Path:
    try:
        labels = TypeAdapter(list[Label]).validate_python(rows)
    except ValidationError as exc:
        fault = exc.errors(include_url=False)[0]
        raise NotAdopted(f"{candidate}: {'.'.join(map(str, fault['loc'][1:])) or 'label'}: {fault['msg']}") from exc
    known = {one.id for one in labelling.load()}
    for label in labels:
        if label.id in known:
            raise NotAdopted(f"{candidate}: answer {label.id} is among the labels already")
        if not (label.question and label.passages and label.answer):
            raise NotAdopted(f"{candidate}: an answer needs its question, passages and answer")
        if label.supported is None or label.answers is None:
            raise NotAdopted(f"{candidate}: say of answer {label.id} whether it is supported and whether it answers: true or false")
    _append(path, [label.model_dump(mode="json", exclude_defaults=True) for label in labels], "# Answers that production taught, labelled by people.")
    return path


def _append(path: Path, rows: list[dict[str, object]], head: str) -> None:
    before = path.read_text("utf-8") if path.is_file() else f"{head}\n"
    path.write_text(before + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=160), "utf-8")
