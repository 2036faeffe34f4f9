"""Recognises mail that no person wrote to us: auto-replies, bounces, lists, newsletters, machines."""

import re
from collections.abc import Mapping
from typing import Literal

Kind = Literal["auto-reply", "bounce", "list", "newsletter", "machine"]

_AWAY_SUBJECT = re.compile(
    r"^(?:\W|re:|aw:)*(?:"
    r"auto(?:matic(?:ally generated)?|mated)?[- ]?(?:reply|response|respon[ds]e?r)|autoreply|auto ?:|out of (?:the )?office|ooo ?:"
    r"|on (?:vacation|holiday)(?: ?:|$)"
    r"|automatische antwort|abwesenheits\w*|abwesend|außer haus|nicht im büro|urlaubs(?:meldung|notiz)"
    r"|réponse automatique|absence du bureau|(?:message|avis|notification) d['’]absence|absent[e]?(?: du bureau)?(?: ?:|$)"
    r"|respuesta autom[aá]tica|fuera de (?:la )?oficina|ausente de la oficina|risposta automatica|fuori (?:sede|ufficio)"
    r"|assenza dall['’]ufficio"
    r"|automatisch(?:e)? antwoord|afwezig(?:heid\w*)?(?: ?:|$)|niet aanwezig|resposta autom[aá]tica|fora do escrit[oó]rio"
    r"|aus[eê]ncia(?: tempor[aá]ria| do escrit[oó]rio)"
    r"|autosvar|automatiskt? svar|odpowiedź automatyczna|automatická odpověď|poissa|автоответ|自動応答|自動返信|不在|自动回复|自動回覆"
    r")(?=\W|$)(?!\s+(?:not|is|does|doesn|isn|won|keeps?|problem|issue|message (?:not|is)|rule|settings?|feature|funktioniert|geht|ne |no "
    r"|non |werkt|setup|set up|einrichten|and|to|from|when|in|on|for))",
    re.IGNORECASE,
)
_AWAY_TEXT = re.compile(
    r"\b(?:i am|i'm|i will be|currently|we are)\b.{0,40}\b(?:out of (?:the )?office|on (?:annual |parental |sick )?leave|on (?:vacation"
    r"|holiday)|away from)"
    r"|\b(?:ich bin|bin ich)\b.{0,60}\b(?:nicht im (?:büro|haus|dienst)|abwesend|im urlaub|außer haus|nicht erreichbar)"
    r"|\bje (?:suis|serai)\b.{0,40}\b(?:absente?|en congés?|hors du bureau)|\b(?:estoy|estaré"
    r"|me encuentro)\b.{0,40}\b(?:fuera de (?:la )?oficina|ausente|de vacaciones)"
    r"|\bsono\b.{0,40}\b(?:fuori (?:ufficio|sede)|assente|in ferie)|\bik ben\b.{0,40}\b(?:afwezig|niet aanwezig|met vakantie"
    r"|niet op kantoor)"
    r"|\b(?:estou|estarei)\b.{0,40}\b(?:fora do escrit[oó]rio|ausente|de férias)",
    re.IGNORECASE | re.DOTALL,
)
_AWAY_PROMISE = re.compile(
    r"\b(?:until|return|be back|limited access|no access|in urgent|urgent (?:matters|cases)|as soon as|respond|reply to your|bis (?:zum"
    r"|einschließlich)|ab dem|zurück"
    r"|dringend\w*|vertretung|weitergeleitet|jusqu|retour|urgence|urgent|hasta|regreso|vuelta|urgente|urgencia|fino al|rientro|terug"
    r"|tot en met|dringende|até|regresso|volto)\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:(?:could|can|would) you|my (?:order|invoice|account|subscription)|refund|cancel|bestellung|rechnung|facture|commande|pedido)\b",
    re.IGNORECASE,
)
_MACHINE_TEXT = re.compile(
    r"\bthis is an? (?:automat(?:ed|ic)|auto[- ]?generated|system[- ]generated) (?:e-?mail |mail )?(?:reply|response|acknowledge?ment)"
    r"|\bdies ist eine automatisch(?:e| generierte| erstellte)? (?:antwort|eingangsbestätigung|empfangsbestätigung)"
    r"|\bceci est une réponse automatique"
    r"|\b(?:esta|este) es una respuesta automática|\bquesta è una risposta automatica|\bdit is een automatisch(?:e)? (?:antwoord"
    r"|reactie)|\besta é uma resposta automática",
    re.IGNORECASE,
)
_ACKNOWLEDGED = re.compile(
    r"\b(?:thank(?:s| you) for (?:contacting|reaching out|your (?:e-?mail|message|request|enquiry|inquiry))"
    r"|we have received your (?:request|message|e-?mail)"
    r"|your (?:request|ticket|case) (?:\S+ )?(?:has been|was) (?:received|created|opened)|vielen dank für ihre (?:anfrage|nachricht"
    r"|e-?mail)|merci de nous avoir contactés)"
    r"(?=.{0,300}\b(?:(?:ticket|case|request|reference) (?:number|id|#|no)|within \d+ (?:business |working )?(?:hours|days)"
    r"|ticketnummer|numéro de (?:ticket|dossier)))",
    re.IGNORECASE | re.DOTALL,
)
_BOUNCE_SUBJECT = re.compile(
    r"^\W*(?:undeliver(?:able|ed)|mail delivery (?:failed|failure|subsystem|system)|delivery (?:status notification|failure|has failed)"
    r"|delivery notification"
    r"|returned mail|failure notice|message (?:could not be|undeliverable)|unzustellbar|nicht zustellbar|zustellung (?:fehlgeschlagen"
    r"|der nachricht)"
    r"|non[- ]?(?:remis|distribu)|échec de (?:la )?(?:remise|distribution)|no se puede entregar|no se pudo entregar|error de entrega"
    r"|notificaci[oó]n de estado de entrega"
    r"|mancato recapito|impossibile recapitare|recapito non riuscito|onbestelbaar|niet te bezorgen"
    r"|n[aã]o (?:foi )?(?:poss[ií]vel entregar|entregue)|falha na entrega)",
    re.IGNORECASE,
)
_BOUNCER = re.compile(r"^(?:mailer[-_.]?daemon|mdaemon|mail-daemon)(?:@|$)", re.IGNORECASE)
_POSTMASTER = re.compile(r"^(?:postmaster|bounces?(?:[-+=][^@]*)?)(?:@|$)", re.IGNORECASE)
_ROBOT = re.compile(
    r"^(?:[^@]*[-_.+])?(?:no-?_?reply|do-?_?not-?_?reply|ne-?pas-?repondre|notifications?|alerts?|cron|root|daemon|nobody)(?:[-_.+][^@]*)?@",
    re.IGNORECASE,
)
_FORM_FIELD = re.compile(
    r"^[ \t*>]*(?:first |last |full |your |vor|nach|company )?(?:name|e-?mail(?: address)?|phone|telefon|nombre|correo|nom|courriel"
    r"|nome|naam|subject|betreff|asunto|sujet"
    r"|message|nachricht|mensaje|mensagem|messaggio|bericht|comments?|enquiry|inquiry|question|frage|description|beschreibung)(?: body"
    r"| text)?[*]?[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 1500  # characters of the text that are read


def recognise(headers: Mapping[str, str], *, media_types: frozenset[str], sender: str, subject: str, text: str) -> Kind | None:
    """Say why a mail is automatic, or None for one that somebody wrote to us.

    `headers` has lower-case names, `media_types` those of all MIME parts. 'list' is a mail that came through a list: it may well
    be a person's request. A contact form that mails a customer's words is not automatic, whatever its headers say.
    """
    head = text[:_HEAD]
    if _is_bounce(headers, media_types, sender, subject):
        return "bounce"
    if "message/disposition-notification" in media_types or _is_auto_reply(headers, subject, head):
        return "auto-reply"
    relayed = _relays_a_person(headers, sender, head)
    if _is_newsletter(headers) and not relayed and not headers.get("in-reply-to"):
        return "newsletter"
    precedence = headers.get("precedence", "").strip().lower()
    if headers.get("list-id") or headers.get("list-post") or precedence == "list":
        return "list"
    return "machine" if not relayed and _is_machine(headers, precedence, sender) else None


def _is_bounce(headers: Mapping[str, str], media_types: frozenset[str], sender: str, subject: str) -> bool:
    if "message/delivery-status" in media_types or "x-failed-recipients" in headers or _BOUNCER.match(sender):
        return True
    is_nobodys = headers.get("return-path", "?").strip() == "<>"
    return bool(_BOUNCE_SUBJECT.match(subject) and (is_nobodys or _POSTMASTER.match(sender) or "multipart/report" in media_types))


def _is_auto_reply(headers: Mapping[str, str], subject: str, head: str) -> bool:
    submitted = headers.get("auto-submitted", "").lower()
    if submitted.strip().startswith("auto-replied") or headers.get("precedence", "").strip().lower() in {"auto_reply", "auto-reply"}:
        return True
    if headers.get("x-autoreply", "no").lower() not in {"no", "", "false"} or "x-autorespond" in headers or "x-autoreply-from" in headers:
        return True
    if _AWAY_SUBJECT.match(subject) and "?" not in head:
        return True
    start = head[:400]
    if _MACHINE_TEXT.search(start) or _ACKNOWLEDGED.search(head[:800]):
        return True
    # A customer may be away too and still ask something: only a short note that asks nothing is an absence note.
    return bool(len(head) < 900 and "?" not in head and _AWAY_TEXT.search(start) and _AWAY_PROMISE.search(head) and not _WISH.search(head))


def _is_newsletter(headers: Mapping[str, str]) -> bool:
    if "list-unsubscribe" not in headers or "list-post" in headers:
        return False
    bulk = headers.get("precedence", "").strip().lower() == "bulk"
    campaign = any(name in headers for name in ("list-unsubscribe-post", "feedback-id", "x-campaign", "x-campaignid", "x-mailer-recptid"))
    return bulk or campaign or "list-id" not in headers


def _is_machine(headers: Mapping[str, str], precedence: str, sender: str) -> bool:
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip().lower()
    if submitted not in {"no", ""} or precedence in {"bulk", "junk"}:
        return True
    # Exchange and Outlook add-ins set this on people's mail as well, so it counts only with a sender that is nobody.
    return "x-auto-response-suppress" in headers and bool(_ROBOT.match(sender))


def _relays_a_person(headers: Mapping[str, str], sender: str, head: str) -> bool:
    """Recognise a contact form: fields in the text, or answers that go to somebody outside the sending domain."""
    if len({match[0].strip(" \t*>:").lower() for match in _FORM_FIELD.finditer(head)}) >= 2:
        return True
    answer_to = re.findall(r"[^\s<>,;]{1,64}@[^\s<>,;]{1,190}", headers.get("reply-to", "")[:500])
    home = sender.rpartition("@")[2].lower()
    return bool(home) and any(address.rpartition("@")[2].lower() != home and not _ROBOT.match(address) for address in answer_to)
