"""`proofdesk eval external`: somebody else's benchmark or labelled mail, scored by our metrics."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli import eval_options, eval_printing, shared
from ops.cli.progress import bar

if TYPE_CHECKING:  # slow to import; --help must answer at once
    from evals.external.formats import Corpus
    from evals.results import Results
    from service.settings import Settings


def external(
    kb: Annotated[Path | None, typer.Option(help="Documents, JSON lines of doc_id, title, text; with --questions.")] = None,
    questions: Annotated[Path | None, typer.Option(help="JSON lines of id, input.question, expected.doc_ids, expected.answerable.")] = None,
    beir: Annotated[Path | None, typer.Option(help="BEIR folder: corpus.jsonl, queries.jsonl, qrels/test.tsv.")] = None,
    squad: Annotated[Path | None, typer.Option(help="SQuAD 2.0 file; its impossible questions must be refused.")] = None,
    ragas: Annotated[Path | None, typer.Option(help="JSON lines as ragas has them: user_input, reference_contexts, retrieved_contexts.")] = None,
    mails: Annotated[Path | None, typer.Option(help="CSV of labelled mail: body, subject, from_name, …, customer_name, urgency, facts.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many questions or mails.")] = None,
    export: eval_options.Export = None,
    as_json: eval_options.Json = False,
) -> None:
    """Score anybody's benchmark: retrieval and abstention, or tickets of labelled mail. Needs no network and no key."""
    from evals.external import benchmark
    from evals.report import exports

    settings = shared.read_settings()
    with eval_options.bad_input():
        for path in export or ():
            exports.check_form(path)
        if mails:
            results = _measured(settings, mails, limit)
            rows, told = exports.rows(results), _as_data(results)
        else:
            corpus = _corpus(kb, questions, beir, squad, ragas).limited(limit)
            with bar("Embedding") as tell:
                found = benchmark.run(corpus, settings.data_dir, tell)
            rows, told = found.rows(), found.as_data()
        for path in export or ():
            exports.write(path, rows, exports.checks(rows, "external"))
    if as_json:
        shared.say(json.dumps(told, ensure_ascii=False))
    elif mails:
        eval_printing.measures(results)
    else:
        eval_printing.external(found)


def _corpus(kb: Path | None, questions: Path | None, beir: Path | None, squad: Path | None, ragas: Path | None) -> "Corpus":
    """Read the one benchmark that was given. Raises ExternalError where it is none, or more than one."""
    from evals.external import formats
    from evals.external.formats import ExternalError

    given = [one for one in (kb, beir, squad, ragas) if one]
    if len(given) != 1 or (kb is None) != (questions is None):
        raise ExternalError("give one of --beir FOLDER, --squad FILE, --ragas FILE, --mails FILE, or --kb FILE with --questions FILE")
    if kb and questions:
        return formats.plain(kb, questions)
    return formats.beir(beir) if beir else formats.squad(squad) if squad else formats.ragas(given[0])


def _measured(settings: "Settings", mails: Path, limit: int | None) -> "Results":
    """Score labelled mails with the release in use, without hosted models. Raises ExternalError."""
    from dataclasses import replace

    from evals import bench
    from evals.cases import Suite
    from evals.external import mails as labelled

    with labelled.load(mails) as found, bar("Running") as tell:
        chosen = replace(found, suite=Suite(found.suite.cases[:limit], found.suite.folder))
        opened = bench.open_bench(settings, chosen.suite, local=True)
        return labelled.score(chosen, opened, datetime.now(UTC), tell)


def _as_data(results: "Results") -> dict[str, Any]:
    """Return what was measured of labelled mail as plain data."""
    return {one.metric: {**vars(one.estimate), "better": one.better} for one in results.measures() if one.slice == "all"}
