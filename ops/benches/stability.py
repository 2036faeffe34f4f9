"""Does one sentence that is off the subject change a mail's urgency? `python -m ops.benches.stability` asks it of every open mail of the suite."""

from collections import defaultdict

from evals import cases
from ingestion.mail import message
from ops.training import other_trades
from retrieval import encoder as encoders
from retrieval.remembering import Remembering
from service import prompting, release
from service.arrays import Kept
from service.local import urgency
from service.local.training import Fitting
from service.releases import moves
from service.settings import Settings


def main() -> None:
    """Read every mail of the development and validation splits as it is and with another mail's remark at its end; print the shares left alone."""
    settings = Settings()
    chosen = release.load(settings.releases_dir / moves.FIRST_RELEASE / "release.toml")
    prompt = prompting.load(settings.prompts_dir / "extract_ticket" / chosen.extract_prompt.version)
    encoder = Remembering(encoders.obtain(settings.data_dir / "encoders"), other_trades.KEPT)
    reader = Fitting(Kept(settings.data_dir / "fitted"), encoder).reader(prompt)
    remarks = [text for _, text in other_trades.strangers(prompt)]
    suite = cases.load().only(cases.OPEN_SPLITS)
    found: dict[str, list[bool]] = defaultdict(list)
    for place, case in enumerate(suite.mails):
        mail = message.parse(suite.raw(case))
        text = mail.text or mail.forwarded
        from_evidence = urgency.EVIDENCE if case.language == "en" else urgency.GRAVE_ELSEWHERE
        levels = {
            urgency.decide(reader.judge, urgency.read(reader.judge.reader, mail.subject or "", one, mail.date, encoder.layers), from_evidence).level
            for one in (text, f"{text}\n\n{remarks[place % len(remarks)]}")
        }
        found[cases.OWN if case.company == cases.OWN else "foreign"].append(len(levels) == 1)
    for company, stable in found.items():
        print(f"{company:<8} {sum(stable)} of {len(stable)} mails keep their level ({sum(stable) / len(stable):.3f})")


if __name__ == "__main__":
    main()
