"""The fields of a web form as they stand in a mail, whatever its layout: who filled it in."""

import re
from collections.abc import Collection

from ingestion.mail import labels
from service.text import patterns

_WHOLE = (
    r"(?:your |full |customer |client |contact |sender |applicant |visitor )?name|name of (?:customer|client|applicant|guest)|customer|client|applicant|sender|from|(?:sent|entered|submitted|reported|raised|logged|completed|requested|filled in) by"
    r"|ihr name|(?:vor- und nach|voller |kunden)name|kunde|absender|von|nom(?: complet| et prénom)?|votre nom|client|nombre(?: completo| y apellidos)?|su nombre|remitente"
    r"|nome(?: completo| e cognome)?|il tuo nome|cliente|mittente|(?:uw |volledige )?naam|klant|seu nome|o seu nome|navn|namn|imię i nazwisko"
)
_FIRST = r"(?:first|given|fore) ?name|vorname|prénom|primer nombre|voornaam|primeiro nome|fornavn|förnamn|imię"
_LAST = (
    r"(?:last|family) ?name|surname|(?:nach|familien)name|nom de famille|apellidos?|cognome|achternaam|apelido|sobrenome|efternavn|efternamn|nazwisko"
)
_OTHER = (
    r"(?:your )?e-?mail(?: address)?|(?:tele)?phone(?: number)?|mobile|telefon\w*|correo(?: electrónico)?|courriel|téléphone|telefoon\w*|telefone|cell"
    r"|(?:your )?message(?: body)?|body|nachricht|mensaje|mensagem|messaggio|bericht|comments?|enquiry|inquiry|question|frage|anliegen|subject|betreff|asunto|sujet"
    r"|objet|oggetto|onderwerp|assunto|topic|reason|description|beschreibung|order(?: number)?|country(?: code)?|company|city|date|department"
)
_FIELD = patterns.pattern(
    rf"^[ \t*>•-]*(?:(?P<first>{_FIRST})|(?P<last>{_LAST})|(?P<whole>{_WHOLE})|(?P<other>{_OTHER}))[*]{{0,2}}(?:(?P<mark>[ \t]*[:=：][*]{{0,2}})[ \t]*|[ \t]+(?=[A-ZÀ-Þ+\d]|\S+@))(?P<value>.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_BARE = patterns.pattern(
    rf"^[ \t*>•-]*(?:(?P<first>{_FIRST})|(?P<last>{_LAST})|(?P<whole>{_WHOLE})|(?P<other>{_OTHER}))[*:= \t]*\n+(?P<value>[^\n]+)$",
    re.IGNORECASE | re.MULTILINE,
)
_OF_A_PERSON = patterns.pattern(r"name|naam|\bnom|navn|\bby\b")
_LABELLED = patterns.pattern(r"^[ \t*>•-]*[^\W\d_][\w ?'’/()-]{0,40}?[*]{0,2}[ \t]*[:=：][*]{0,2}[ \t]+\S", re.MULTILINE)  # a field of any name
_WORD = r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*"
_SENT = patterns.pattern(
    rf"^[ \t*>]*(?P<name>{_WORD}(?:[ \t]+{_WORD}){{1,3}}?)[ \t]+(?:has )?(?:sent|left|submitted|wrote|filled|asked|hat|a envoyé|te ha|le ha|ha)\b[^\n]{{0,40}}?"
    r"(?:message|enquiry|inquiry|request|question|form|nachricht|anfrage|mensaje|messaggio|bericht|mensagem)\b"
    rf"|(?:message|enquiry|inquiry|request|question|submission|nachricht|anfrage|mensaje|messaggio|bericht|mensagem) (?:from|von|de|da|van)[ \t]+(?P<by>{_WORD}(?:[ \t]+{_WORD}){{1,3}})[ \t]*[:.(<\n]",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 4000  # characters in which a form's fields stand
_END = patterns.pattern(r"\s*(?:[<(\[|,;]|\s[-–]\s|\S+@).*$")
_LINES = 60  # of a head that are looked at for a pasted mail
_FEWEST = 2  # fields that make a form
_LINED_UP = 3  # lines that look like fields, whatever they are called, that make one where one of them names somebody


def writer(text: str) -> str | None:
    """Return the name in the fields of a form, put together where it stands in two. None where the text is no form or names nobody."""
    head = re.sub(r"[ \t]+\|[ \t]+", "\n", text[:_HEAD])
    if any(labels.block(head.split("\n"), at) for at in range(min(_LINES, head.count("\n")))):
        return None  # a pasted mail has fields of its own
    found = [field for field in _FIELD.finditer(head) if field["value"].strip()] + list(_BARE.finditer(head))
    kinds = {field.group(0).split("\n")[0].strip(" \t*>•-:=").lower().split(":")[0].split("=")[0].strip() for field in found}
    if not _is_form(head, kinds, any(field["other"] for field in found)):
        return _announced(head)
    first, last, whole = (next((_value(field) for field in found if field[part] and _value(field)), "") for part in ("first", "last", "whole"))
    return f"{first} {last}".strip() if first and last else whole or f"{first}{last}" or _announced(head)


def _is_form(head: str, kinds: Collection[str], is_other: bool) -> bool:
    """Tell whether the fields found are a form's: some of those that forms have, or a person's among several lines that look like fields."""
    if len(kinds) >= _FEWEST and is_other:
        return True
    return any(map(_OF_A_PERSON.search, kinds)) and len(_LABELLED.findall(head)) >= _LINED_UP


def _value(field: re.Match[str]) -> str:
    return _END.sub("", field["value"].strip(" \t*\"'"))


def _announced(head: str) -> str | None:
    found = _SENT.search(head)
    return (found["name"] or found["by"]) if found else None
