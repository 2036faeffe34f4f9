"""`proofdesk eval queue` and `eval adopt`: what production taught becomes cases of the suite."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from ops.cli import eval_options, shared
from ops.cli.shared import open_all, say


def queue(
    ticket: Annotated[str | None, typer.Argument(help="Make the candidate of this ticket; default: list what waits.")] = None,
    as_json: eval_options.Json = False,
    raw: eval_options.Raw = False,
) -> None:
    """List tickets that a person, the check or a second mail found wanting, or make the candidate of one; a mail in it is masked."""
    from retrieval import index
    from service.storage import eval_candidates, eval_queue

    settings, desks = open_all()
    listed = eval_queue.waiting(desks.engine, settings.data_dir)
    if ticket is None:
        for one in listed:
            words = f"{one.at:%Y-%m-%d %H:%M}  {one.ticket}  {one.why}: {one.says}"
            say(json.dumps(asdict(one), default=str, ensure_ascii=False) if as_json else words)
        return
    wanted = [one for one in listed if one.ticket == ticket]
    if not wanted:
        raise eval_candidates.NoTicket(f"nothing waits of ticket {ticket}: `proofdesk eval queue` lists what does")
    name = index.current(settings.data_dir)
    texts = {one.id: one.headed() for one in index.open_index(settings.data_dir / "snapshots" / name)[1].passages} if name else {}
    for one in {one.kind: one for one in reversed(wanted)}.values():  # one candidate of each kind, made for the newest reason
        if one.kind == "answer":
            path = eval_queue.make_answer(desks.engine, settings.data_dir, ticket, texts.get)
        else:
            path = eval_candidates.make(desks.engine, settings.data_dir, ticket, f"{one.why}: {one.says}", as_it_came=raw)
        say(f"{path}: put it right, then `proofdesk eval adopt {path.stem}`")


def adopt(name: Annotated[str, typer.Argument(help="Name of the candidate, as `eval queue TICKET` said it.")]) -> None:
    """Check a candidate that was put right, and take it into the suite."""
    from evals import adopting
    from service.storage import eval_candidates, eval_queue

    settings = shared.read_settings()
    with eval_options.bad_input():
        if not eval_queue.is_name(name):
            raise adopting.NotAdopted(f"{name!r} is no name of a candidate")
        path = adopting.adopt(settings.data_dir / eval_candidates.FOLDER / f"{name}.yaml")
    say(f"{name} is in {path}")
