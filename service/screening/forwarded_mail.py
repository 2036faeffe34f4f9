"""Whose words a forwarded mail is about: the note on top, or the original below it."""

import re
from dataclasses import dataclass

from ingestion.mail import labels, quoted_history
from service.text import hidden_characters, patterns

_BORDERS = 12  # lines above the headers of a forwarded mail: a rule, its title, blank lines
_DEEPEST = 5  # mails forwarded inside forwarded mails that are opened
_BORDER = patterns.pattern(
    r"^[>\s]{0,8}(?:[-_=*~—]{2,}.{0,80}|begin forwarded message.*|\S.{0,60}(?:message|nachricht|mensaje|messaggio|bericht|mensagem)\s?:?)$",
    re.IGNORECASE,
)

# A note that only passes a mail on: with these taken away, nothing is left that asks.
_PASSING_ON = patterns.pattern(
    r"\b(?:f\.?y\.?i\.?|for your (?:info\w*|attention|action)|see (?:the )?(?:below|attached|forwarded)|(?:e-?mail|message|mail) below|below|as discussed|forward(?:ed|ing|s)?|passing (?:this|it) on|over to you|not (?:one )?for (?:us|me)"
    r"|(?:this )?(?:came|arrived|landed|went) (?:in )?(?:to|in|at) (?:my|our|the)|one for you|can (?:you|someone|anyone) (?:please )?(?:help|handle|deal|look|take|reply|respond|answer|assist|pick|sort|action|advise)"
    r"|could (?:you|someone|anyone) (?:please )?(?:help|handle|deal|look|take|reply|respond|answer|assist|pick|sort|action|advise)|please (?:help|handle|deal|look|take care|reply|respond|answer|assist|pick up|sort|action|advise|see|process|read|contact)"
    r"|zur (?:kenntnis|info\w*|bearbeitung)|z\.? ?k\.?|siehe unten|s\. ?u\.|weiterleit\w*|leite ich|bitte (?:um )?(?:bearbeit\w*|kümmer\w*|übernehm\w*|antwort\w*|beantwort\w*)|(?:könnt|können|kannst) (?:ihr|sie|du|bitte)\b.{0,40}(?:kümmern|übernehmen|beantworten|antworten|helfen|bearbeiten)"
    r"|para (?:su|tu|vuestra) (?:información|conocimiento)|ver abajo|ver más abajo|reenvío|os reenvío|le reenvío|por favor (?:atended|gestionad|responded|atiende|gestiona|atender)|puedes? (?:ocuparte|atender|gestionar|responder)|podéis (?:ocuparos|atender|gestionar|responder)"
    r"|pour (?:info\w*|suite à donner|attention)|voir ci-dessous|ci-dessous|transfère|transmets|merci de (?:traiter|répondre|voir|gérer)|pouvez-vous (?:traiter|répondre|gérer|voir|regarder)|peux-tu (?:traiter|répondre|gérer|voir|regarder)"
    r"|per (?:conoscenza|competenza|vostra)|vedi (?:sotto|di seguito)|inoltro|giro|potete (?:occuparvene|rispondere|gestire)|puoi (?:occupartene|rispondere|gestire)"
    r"|ter info\w*|zie (?:onder|hieronder)|doorgestuurd|stuur (?:ik )?door|kun(?:nen)? (?:je|jullie|u) (?:dit|deze|hem|haar)?.{0,30}(?:oppakken|afhandelen|beantwoorden|kijken|helpen)|graag (?:oppakken|afhandelen)"
    r"|para (?:sua|vossa) informação|ver abaixo|veja abaixo|encaminho|reencaminho|pode(?:m|ria)? (?:tratar|responder|verificar|ver))\b",
    re.IGNORECASE,
)
_ASKS = patterns.pattern(
    r"\?|\b(?:please|could you|can you|would you|i (?:need|want|would like|cannot|can't)|we (?:need|want|cannot|can't)|my (?:own )?(?:order|account|invoice|subscription|booking)|bitte|können sie|könnten sie|könnt ihr|kannst du|ich (?:möchte|brauche|kann nicht)"
    r"|(?:ich|wir) wüssten?|wir (?:möchten|brauchen)|por favor|quisi\w+|me gustaría|quiero|queremos|necesito|necesitamos|puede[ns]?|podría[ns]?|merci de|je (?:voudrais|souhaite|veux)|nous (?:voudrions|souhaitons)|pourriez|pouvez"
    r"|vorrei|vorremmo|potete|potreste|per favore|ik (?:wil|wou)|wij? willen|kunt u|kunnen jullie|graag|gostaria|quero|preciso|poderiam?|podem)\b",
    re.IGNORECASE,
)
_LINE_OF_COURTESY = patterns.pattern(
    r"^\W*(?:hi|hello|hey|dear|hallo|liebe\w*|hola|buenos|bonjour|salut|ciao|buongiorno|beste|hoi|olá|bom dia|thanks|thank you|thx|danke|gracias|merci|grazie|bedankt|obrigad[oa]|regards|best|cheers|lg|vg|mfg)\b[^?]{0,40}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Original:
    """A mail that was forwarded: who wrote it, as the mail client names them, and what they wrote, with their signature."""

    writer: str | None
    text: str


def asks_itself(note: str) -> bool:
    """Tell whether the note on top of a forwarded mail puts a request of its own."""
    left = []
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", note):
        if sentence.strip() and not _LINE_OF_COURTESY.match(sentence) and not _PASSING_ON.search(sentence):
            left.append(sentence)
    return bool(_ASKS.search(" ".join(left)))


def original(forwarded: str, deepest: int = _DEEPEST) -> Original | None:
    """Open a forwarded mail, and one forwarded inside it where it says nothing itself. None where nobody wrote anything."""
    writer, body = _opened(forwarded)
    split = quoted_history.split(body, "", writer or "")
    text = "\n".join(filter(None, [split.text, split.signature])).strip()
    if split.forwarded and deepest > 1 and (not split.text.strip() or (not asks_itself(split.text) and len(split.text) < 200)):
        inner = original(split.forwarded, deepest - 1)
        if inner is not None:
            return inner
    return Original(writer, text) if text else None


def _opened(forwarded: str) -> tuple[str | None, str]:
    """Take the headers that a mail client pastes off a forwarded mail: (writer's display name, the rest)."""
    lines = [hidden_characters.plain_numbers(line) for line in forwarded.split("\n")]
    at = next((place for place, line in enumerate(lines[:_BORDERS]) if labels.label(line)), 0)
    block = labels.headed(lines, at)
    if block is None:
        while at < len(lines) and (not lines[at].strip() or _BORDER.match(lines[at].strip())):
            at += 1
        return None, "\n".join(forwarded.split("\n")[at:])
    return block.writer, "\n".join(forwarded.split("\n")[at + block.length :])
