"""Recognises mail that no person wrote to us by its headers: auto-replies, bounces, lists, newsletters, machines."""

import re
from collections.abc import Mapping
from typing import Literal

from ingestion.mail import absence, receipts, wishes

Kind = Literal["auto-reply", "bounce", "list", "newsletter", "machine"]

_BOUNCE_SUBJECT = re.compile(
    r"^\W*(?:undeliver(?:able|ed)|mail delivery (?:failed|failure|subsystem|system)|delivery (?:status notification|failure|has failed)"
    r"|delivery notification"
    r"|returned mail|failure notice|message (?:could not be|undeliverable)|(?:rücksendung )?unzustellbar\w*|nicht zustellbar|zustellung (?:fehlgeschlagen"
    r"|der nachricht)"
    r"|non[- ]?(?:remis|distribu)|échec de (?:la )?(?:remise|distribution)|no se puede entregar|no se pudo entregar|error de entrega"
    r"|notificaci[oó]n de estado de entrega"
    r"|mancato recapito|impossibile recapitare|recapito non riuscito|onbestelbaar|niet te bezorgen"
    r"|n[aã]o (?:foi )?(?:poss[ií]vel entregar|entregue)|falha na entrega)",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"\b(?:undeliver\w+|(?:not|n['’]t|never|unable to|could not|cannot)\b.{0,40}\bdeliver(?:ed|y)?\b|deliver(?:y|ing)\b.{0,60}\b(?:fail\w*|delay\w*|incomplete|temporary|problem)|(?:was|been) (?:rejected|delayed|blocked)"
    r"|recipients?|mailbox (?:is )?(?:full|unavailable)|user unknown|no mailbox|permanent error|55\d[ -]|zugestellt|(?:un)?zustell\w+|verzögert|distribu\w+|remis|destinataires?|entreg(?:ar|ad[oa]|ue)|destinatari[oa]s?|recapit\w+|consegna\w*|afgeleverd|bezorgd|ontvanger)\b",
    re.IGNORECASE,
)  # what a post office says of a mail: who tells us that theirs come back speaks otherwise
_HELD = re.compile(
    r"\b(?:your|ihre|votre|su|il (?:suo|tuo)|uw|je|a sua) (?:message|e-?mail|mail|nachricht|courriel|mensaje|correo|messaggio|bericht|mensagem) (?:\S+ )?(?:to|an|für|à|pour|a|para|per|aan) \S{1,64}@\S{1,190}[^.\n]{0,120}"
    r"\b(?:held|rejected|blocked|refused|quarantined?|delayed|deleted|not (?:yet )?(?:been )?delivered|(?:zurück)?gehalten|abgelehnt|abgewiesen|blockiert|zugestellt|verzögert|retenue?|rejetée?|bloquée?|retardée?|retenid[oa]|rechazad[oa]|bloquead[oa]"
    r"|retrasad[oa]|trattenut[oa]|respint[oa]|bloccat[oa]|ritardat[oa]|tegengehouden|geweigerd|geblokkeerd|vertraagd|retid[ao]|rejeitad[ao]|atrasad[ao])\b",
    re.IGNORECASE,
)  # a filter or a queue that has our mail
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


def recognise(headers: Mapping[str, str], *, media_types: frozenset[str], sender: str, subject: str, text: str, whole: str = "") -> Kind | None:
    """Say why a mail is automatic, or None for one that somebody wrote to us.

    `headers` has lower-case names, `media_types` those of all MIME parts; `text` is what is authored, `whole` the body with what it quotes. 'list' is a mail that came through a list: it may well
    be a person's request. A contact form that mails a customer's words is not automatic, whatever its headers say.
    """
    head = text[:_HEAD]
    if _is_bounce(headers, media_types, sender, subject, head):
        return "bounce"
    if (
        "message/disposition-notification" in media_types
        or receipts.is_one(subject, whole or text, media_types)
        or absence.is_note(_is_flagged(headers), subject, head)
    ):
        return "auto-reply"
    relayed = _relays_a_person(headers, sender, head)
    if _is_newsletter(headers) and not relayed and not headers.get("in-reply-to"):
        return "newsletter"
    precedence = headers.get("precedence", "").strip().lower()
    if headers.get("list-id") or headers.get("list-post") or precedence == "list":
        return "list"
    return "machine" if not relayed and _is_machine(headers, precedence, sender) else None


def _is_bounce(headers: Mapping[str, str], media_types: frozenset[str], sender: str, subject: str, head: str) -> bool:
    if "x-failed-recipients" in headers or _BOUNCER.match(sender):
        return True
    if "message/delivery-status" in media_types and (_POSTMASTER.match(sender) or (_UNDELIVERED.search(head) and not wishes.asks(head))):
        return True  # people who were sent a report pass it on, and ask
    is_nobodys = headers.get("return-path", "?").strip() == "<>"
    if (is_nobodys or _POSTMASTER.match(sender) or _submitted(headers) != "no") and _HELD.search(head):
        return True
    return bool(_BOUNCE_SUBJECT.match(subject) and (is_nobodys or _POSTMASTER.match(sender) or "multipart/report" in media_types))


def _submitted(headers: Mapping[str, str]) -> str:
    return headers.get("auto-submitted", "").split(";")[0].strip().lower() or "no"


def _is_flagged(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers say that a machine answered in somebody's place."""
    if headers.get("auto-submitted", "").lower().strip().startswith("auto-replied"):
        return True
    if headers.get("precedence", "").strip().lower() in {"auto_reply", "auto-reply"}:
        return True
    return headers.get("x-autoreply", "no").lower() not in {"no", "", "false"} or "x-autorespond" in headers or "x-autoreply-from" in headers


def _is_newsletter(headers: Mapping[str, str]) -> bool:
    if "list-unsubscribe" not in headers or "list-post" in headers:
        return False
    bulk = headers.get("precedence", "").strip().lower() == "bulk"
    campaign = any(name in headers for name in ("list-unsubscribe-post", "feedback-id", "x-campaign", "x-campaignid", "x-mailer-recptid"))
    return bulk or campaign or "list-id" not in headers


def _is_machine(headers: Mapping[str, str], precedence: str, sender: str) -> bool:
    if _submitted(headers) != "no" or precedence in {"bulk", "junk"}:
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
