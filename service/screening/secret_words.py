"""Passwords, one-time codes, keys and tokens in a text, told by their form or by the words before them."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from service.text import patterns

Kind = Literal["key", "cvv", "pin", "code", "password"]
Span = tuple[Kind, int, int]

_KEY_FORMS = patterns.pattern(
    r"(?<![\w-])(?:"
    r"sk-[A-Za-z0-9_-]{16,}|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|(?:AKIA|ASIA|AGPA|AIDA|AROA)[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}"
    r"|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{20,}|SG\.[\w-]{10,}\.[\w-]{10,}|whsec_[\w+/=]{16,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,}"
    r"|do[opr]_v1_[0-9a-f]{20,}|EAAC[A-Za-z0-9]{20,}|gsk_[A-Za-z0-9]{20,}|key-[0-9a-f]{32}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"
    r")"
)
_BEARER = patterns.pattern(r"\b(?:bearer|basic|authorization:[ \t]{0,3}\w{1,20})[ \t]{1,3}(?P<value>[\w.~+/=-]{16,})", re.IGNORECASE)
_IN_ADDRESS = patterns.pattern(
    r"://[^\s/:@]{1,100}:(?P<user>[^\s/@]{1,200})@"
    r"|[?&;](?:api_?key|apikey|key|token|access_token|auth|sig|signature|secret|password|pwd|code)=(?P<query>[^\s&#]{6,500})",
    re.IGNORECASE,
)
_PEM = patterns.pattern(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = patterns.pattern(r"-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")

_PASSWORD = (
    r"pass ?words?|pass ?codes?|passphrases?|passwd|pwd|pw|psw|passwor[td]e?s?|kennw(?:ort|örter)|\w{2,20}passwort|mots? de passe|mdp|contraseñas?|contrasena"
    r"|clave(?: de acceso)?|parola d'ordine|wachtwoord\w*|senhas?|palavras?[- ]passe"
)
_PIN = r"pin(?:[- ]?(?:code|nummer|number|nr))?|(?:code|código|codigo|codice) pin|geheimzahl|geheimcode|code secret"
_CODE = (
    r"(?:verification|security|one[- ]time|authentication|authenticator|login|sign-in|sms|2fa|mfa|access|recovery|backup|unlock) (?:pass)?codes?|otp|mtan|tan"
    r"|(?:verifizierungs|sicherheits|einmal|sms-?|zugangs|anmelde|wiederherstellungs|freischalt|prüf)codes?|einmalpasswort"
    r"|codes? (?:de (?:vérification|sécurité|connexion|secours)|à usage unique|sms)|códigos? (?:de (?:verificación|seguridad|acceso|verificação|segurança|acesso)|sms)"
    r"|codic[ei] (?:di (?:verifica|sicurezza|accesso)|otp|sms)|(?:verificatie|beveiligings|toegangs|herstel|sms-?)codes?"
)
_CVV = (
    r"cvv2?|cvc2?|csc|card verification (?:value|code|number)|(?:card )?security (?:code|number)|kartenprüfnummer|prüfnummer|prüfziffer|cryptogramme(?: visuel)?"
    r"|código de (?:seguridad|segurança)|codice di sicurezza|code de sécurité|beveiligingscode|sicherheitscode|(?:three|3|last three) digits on the back"
)
_KEY = (
    r"(?:api|access|secret|private|client|account|auth|license|licence|encryption|signing|webhook|product|activation)[ _-]?(?:keys?|secrets?|tokens?)|secrets?|tokens?|apikey"
    r"|keys?|api-?schlüssel|schlüssel|zugangsschlüssel|clés?(?: (?:d'|de l'|)api| secrète)?|claves? (?:de )?api|chiav[ei](?: api)?|(?:api-?)?sleutels?|chaves?(?: (?:de )?api)?"
)
_WORD = patterns.pattern(
    rf"(?<![\w-])(?:(?P<cvv>{_CVV})|(?P<code>{_CODE})|(?P<pin>{_PIN})|(?P<key>{_KEY})|(?P<password>{_PASSWORD}))(?![\w])", re.IGNORECASE
)

_IS = r"is|was|are|were|being|ist|war|lautet|lautete|sind|heißt|es|era|son|est|était|sont|è|era|sono|waren|é|foi|são"
_TO = r"to|as|auf|in|zu|a|à|en|por|con|naar|als|para"
_BETWEEN = rf"(?P<words>(?:[ \t]{{1,3}}(?!(?:{_IS})\b)[^\W\d_][\w'’@.-]{{0,40}}){{0,6}}?)"
_OPEN = r"(?P<open>[\"'“”„«‘`<(\[*]{0,2})"
_SAID = rf"[ \t]{{0,3}}\*{{0,2}}(?P<colon>[:=]|->|=>|→|-[ \t])\*{{0,2}}\s{{0,4}}|[ \t]{{1,3}}(?P<is>(?:{_IS}):?)\s{{1,3}}"
_VALUE = rf"{_OPEN}(?P<value>[^\s]{{1,400}})"
_LINKED = patterns.pattern(rf"['\"”’)*]{{0,2}}{_BETWEEN}(?:{_SAID}|[ \t]{{1,3}}(?P<to>{_TO})[ \t]{{1,3}}){_VALUE}", re.IGNORECASE)
_LINKED_LATER = patterns.pattern(rf"['\"”’)*]{{0,2}}{_BETWEEN}(?:{_SAID}){_VALUE}", re.IGNORECASE)  # "the password to the portal is …"
_BARE = patterns.pattern(r"(?:['’]s)?[ \t]{1,3}\(?(?P<open>[\"'“„«‘`]?)(?P<value>[^\s]{1,400})")
_BEFORE = patterns.pattern(
    rf"(?<!\S)[\"'“„«]?(?P<value>\S{{4,64}}?)[\"'”“»]?[ \t](?:{_IS})[ \t](?:(?:my|the|our|mein|das|mi|la|mon|le|mia|il|mio|mijn|het|a|minha|o|meu)[ \t]){{1,2}}"
    rf"(?:\w{{1,20}}[ \t])?(?:{_PASSWORD}|{_PIN})\b",
    re.IGNORECASE,
)
_CLOSING = {'"': '"', "'": "'", "“": "”", "”": "”", "„": "“”", "«": "»", "‘": "’", "`": "`", "<": ">", "(": ")", "[": "]", "*": "*"}
_QUOTE_ENDS = patterns.pattern(r".(?=[.,;:!?)\]]{0,3}(?:\s|$))", re.DOTALL)
_INSIDE = patterns.pattern(
    r"(?<=\w)[.,;:!?\"“”„«»‘`()\[\]{}<>\\|]+(?=\w)"
)  # an ordinary word has an apostrophe, a hyphen or a slash inside, and none of these
_PAUSE = patterns.pattern(rf"{_INSIDE.pattern}|[.,;!?)]")
_ADDRESS = patterns.pattern(r"https?://|www\.|[^\s@]+@[^\s@]+\.[a-z]{2,}\W?$", re.IGNORECASE)
_DIGIT_CODE = patterns.pattern(r"(?:[A-Z]{1,2}-)?\d(?:[ -]?\d){3,7}(?![\w-])(?!\.\d)")
_CVV_DIGITS = patterns.pattern(r"\d{3,4}(?![\w-])")
_STRONG = patterns.pattern(r"[!@#$%^&*+=~§|]|\w_|\w[?]\w")

# What a password can be said to be, or be followed by, without being told.
_STATUS_WORDS = (
    "a an and the not no now new old my our your his her their this that too very still never always being been also only so it i we you if how what why when where who "
    "wrong incorrect invalid right correct valid fine ok okay good bad weak strong lost gone missing blocked locked expired secret safe required unknown same different "
    "short long empty blank hidden visible unsafe broken compromised stolen public private available complete obsolete there here set reset forgotten hacked sent known "
    "protected manager policy page link field screen box prompt error errors problem issue help request change recovery or for with by in on at of to from see below above "
    "attached text case sensitive unchanged useless impossible common asked needed mandatory optional temporary permanent lowercase uppercase "
    "falsch richtig ungültig gültig weg zu nicht kein keine leider immer noch schon auch nur sehr korrekt unbekannt bekannt nötig notwendig erforderlich neu alt und oder "
    "aber mir ihnen uns das der die den ein eine wie warum wurde wird sicher unsicher kurz lang leer "
    "incorrecta incorrecto correcta inválida no muy ya que la el los una mi su y o demasiado siempre nunca errónea errado segura débil nueva antigua "
    "incorrect erroné erronée faux bon mauvais invalide pas plus toujours jamais trop très le la les un une et ou mon ma bien perdu oublié inconnu expiré bloqué "
    "sbagliata errata corretta scaduta non più già sempre mai troppo molto il lo la una e o mia giusta valida bloccata "
    "fout juist onjuist verkeerd verlopen geblokkeerd kwijt niet geen altijd nooit te erg de het een en of mijn nieuw oud veilig onbekend vergeten "
    "errada incorreta correta inválida não muito sempre nunca já o a os as uma e ou minha certa expirada fraca"
)
_STATUS = frozenset(_STATUS_WORDS.split())
_PARTICIPLE = patterns.pattern(
    r".{2,}(?:ed|ing|ly|able|ible)|(?:ge|abge|zurückge|ver|unge|ungül)\w{2,}(?:t|en|ig)|.{3,}(?:ad[oa]|id[oa]|at[oa]|ut[oa]|it[oa])|.{3,}(?:ée?|eerd)|ge\w{3,}d"
)


def find(text: str) -> Iterator[Span]:
    """Give the place of every password, code, key and token. Time is linear in the length of `text`."""
    yield from _private_keys(text)
    for match in _KEY_FORMS.finditer(text):
        yield "key", *match.span()
    for match in _BEARER.finditer(text):
        yield "key", *match.span("value")
    for match in _IN_ADDRESS.finditer(text):
        yield ("password", *match.span("user")) if match["user"] else ("key", *match.span("query"))
    for match in _WORD.finditer(text):
        yield from _after(text, match.end(), match.lastgroup)
    for match in _BEFORE.finditer(text):
        if _is_secret(match["value"]):
            yield "password", *match.span("value")


def _private_keys(text: str) -> Iterator[Span]:
    at = 0
    while begin := _PEM.search(text, at):
        end = _PEM_END.search(text, begin.end())
        at = end.end() if end else len(text)  # a key without its end line is a key still
        yield "key", begin.start(), at


def _after(text: str, at: int, kind: str | None) -> Iterator[Span]:
    """Give what the words after a word such as "password" tell, if they tell it."""
    linked = _LINKED.match(text, at)
    found = linked or _BARE.match(text, at)
    if found is None:
        return
    start, value = found.start("value"), _bare(found["value"])
    if kind == "cvv" and (digits := _CVV_DIGITS.match(text, start)):
        yield "cvv", *digits.span()
    elif kind in {"cvv", "code", "pin"}:  # "security code" is said of both
        if digits := _DIGIT_CODE.match(text, start):
            yield "pin" if kind == "pin" else "code", *digits.span()
        elif kind == "code" and linked and _is_token(value, 8):
            yield "code", start, start + len(value)
    elif kind == "key":
        if _is_token(value, 16) and not _ADDRESS.match(value):
            yield "key", start, start + len(value)
    else:
        spans = list(_password(text, found, is_linked=linked is not None))
        yield from _later(text, at) if linked and linked["to"] and not spans else spans


def _later(text: str, at: int) -> Iterator[Span]:
    """Give the password that is told behind what it is the password to; plain words so far from it tell anything."""
    found = _LINKED_LATER.match(text, at)
    if found and not any(word.endswith(".") for word in found["words"].split()):
        yield from (span for span in _password(text, found, is_linked=True) if not text[span[1] : span[2]].replace(" ", "").isalpha())


def _password(text: str, found: re.Match[str], *, is_linked: bool) -> Iterator[Span]:
    start, opening = found.start("value"), found["open"][-1:]
    line = text[start : start + 200].split("\n", 1)[0]
    value = _bare(found["value"])
    closing = _closing(line, opening) if opening else -1
    if is_linked and closing > 2 and closing < 64 and not _ADDRESS.match(line[:closing]):
        yield "password", start, start + closing
        return
    glued = _glued(text, found) if is_linked else ""
    begins, begun = start - len(glued), _is_secret(_bare(glued), plain_digits=False)
    if not value or _ADDRESS.match(value) or (set(value) <= set("*•·.x_-") and not begun):
        return
    if (begun or _is_secret(value, plain_digits=is_linked)) and not found["value"].startswith("["):
        yield "password", begins, start + len(value)
    elif (
        is_linked
        and (found["colon"] or found["is"])
        and not found["words"].strip().endswith((".", "?"))
        and (end := _plain_end(line, is_line=bool(found["colon"])))
    ):
        yield "password", begins, start + end


def _closing(line: str, opening: str) -> int:
    """Return where what was opened is closed: where a word ends, for a password may have the mark inside; -1 where it is not."""
    places = [at for at, one in enumerate(line) if one in _CLOSING.get(opening, opening)]
    return next((at for at in places if _QUOTE_ENDS.match(line, at)), -1)


def _glued(text: str, found: re.Match[str]) -> str:
    """Return the beginning of a password whose own colon was taken for the one that leads to it ("pw Tr0ub:adour"), '' where it is none."""
    last = (found["words"].split() or [""])[-1]
    glued = f"{last}{found['colon']}"
    return glued if last and found["colon"] and text.endswith(glued, 0, found.start("value")) else ""


def _plain_end(line: str, *, is_line: bool) -> int:
    """Return where a password of plain words ends that a line begins with, 0 where these say how a password is.

    After a colon it may be the whole line; otherwise it is a word that a pause follows. It goes to the end of its last word, whatever stands inside.
    """
    first = _bare(line.split()[0])
    if is_line:
        said = line.rstrip(" .")
        if len(said.split()) <= 5 and _is_phrase(part for word in said.split() for part in _INSIDE.split(word)):
            return len(said)
        return len(first) if _INSIDE.search(first) and _is_phrase(_INSIDE.split(first)) else 0
    before = _PAUSE.split(line, maxsplit=1)[0].split()
    return len(first) if len(before) == 1 and _is_phrase(before) else 0


def _is_phrase(words: Iterable[str]) -> bool:
    """Tell whether plain words can only be a password: none of them says how a password is."""
    lowered = [word.lower() for word in words]
    return bool(lowered) and all(len(word) > 2 and word.isalpha() and word not in _STATUS and not _PARTICIPLE.fullmatch(word) for word in lowered)


def _bare(value: str) -> str:
    return re.sub(r"[.,;:)\]>\"'”“»’`*?]+$", "", value)


def _is_secret(value: str, plain_digits: bool = True) -> bool:
    """Tell whether a run of characters looks chosen to be secret: letters with digits or symbols, or capitals inside."""
    has_letter, has_digit = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    if len(value) < 4 or re.fullmatch(
        r"\d{1,2}[./:-]\d{1,2}(?:[./:-]\d{2,4})?|v?\d{1,2}(?:\.\d+)+|\d{1,3}(?:st|nd|rd|th|am|pm|min|mins|h)", value, re.IGNORECASE
    ):
        return False
    return (
        (has_letter and has_digit)
        or (has_letter and bool(_STRONG.search(value)))
        or (plain_digits and value.isdigit())
        or bool(re.search(r"[a-z][A-Z]", value) and len(value) > 5)
    )


def _is_token(value: str, shortest: int) -> bool:
    """Tell whether a run of characters is random enough for a key: long, of letters and digits, few of them twice."""
    return (
        len(value) >= shortest
        and any(map(str.isdigit, value))
        and any(map(str.isalpha, value))
        and len(set(value.lower()) - set("-")) * 2 >= min(len(value), 24)
        and bool(re.fullmatch(r"[\w+/=.~-]+", value))
    )
