"""Estimates what a hosted model would be sent for a mail: a prompt is rendered for one mail in so many, the same ones whichever cases are run."""

from evals.cases import OPEN_SPLITS, SPLITS, Suite
from evals.observation import Weigh
from service.models import Call
from service.models.messages import Renderer
from service.pipeline import Desk
from service.prompting import Prompt
from service.screening.screening import Screened
from service.tickets import Ticket

ONE_IN = 12
MOST_TOKENS = 10_000_000  # so that an estimate is not cut to what a route takes


def weighed(suite: Suite) -> frozenset[str]:
    """Return the ids of the mails of the whole suite that are weighed; those of the open splits do not depend on what is in the locked one."""
    parts = (OPEN_SPLITS, tuple(name for name in SPLITS if name not in OPEN_SPLITS))
    return frozenset(case.id for splits in parts for case in suite.whole.only(splits).mails[::ONE_IN])


def weigher(desk: Desk) -> Weigh:
    """Return a function that estimates how many tokens a hosted model would be sent for a mail."""
    renderer = Renderer()  # the first examples rather than the most similar ones: their number and length is what counts

    def weigh(screened: Screened) -> int:
        return renderer.render(Call("extract", Prompt(desk.extract_prompt, screened), Ticket), most_tokens=MOST_TOKENS).tokens

    return weigh
