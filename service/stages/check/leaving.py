"""What may not leave whatever supports it: unknown addresses, requests for secrets or money, another language, words to a machine."""

import re
import unicodedata

from service.release import Policy
from service.screening import injection
from service.stages.check import addresses, form
from service.stages.policy import assurances
from service.text import hidden_characters, language
from service.text.word_runs import content

_SECRET = re.compile(
    r"pass\s?-?(?:word|code|phrase)|\bpin\b(?:\s?-?(?:code|number|nummer))?|\bpins\b|\b(?:one[- ]time|security|verification|activation|sms|six[- ]digit|login|sign[- ]?in|authentication|3d[- ]secure|blik|tan)[- ]?(?:code|password|pin|number)s?\b"
    r"|\b(?:code|digits)\b[^.]{0,40}\b(?:arrived|texted|sent|phone|sms|back|reverse|signature)|\bcvv2?\b|\bcvc\b|\bthree digits|\b(?:long|card|account|debit|credit|bank card)[- ]number|\bcard details|\bdetails of (?:your|the) card|\bexpiry date"
    r"|\b(?:bank(?:ing)?|login|log[- ]?in|sign[- ]?in|access|online)[- ](?:details|data|credentials|name|password)|\bcredentials\b|\bwhat you (?:type|enter|use)[^.]{0,20}(?:sign|log|get) in|\bmother's maiden|\brecovery (?:phrase|key|words?)|\bseed phrase|\bprivate key"
    r"|\b(?:copy|copies|scan|photo|picture|image)s?\s+(?:of|from)\b[^.]{0,40}\b(?:passport|id card|identity card|driving licence|driver's license|bank card|id)\b|\bpassport (?:number|copy|scan|photo)|\bsocial security number|\bsides?\b of (?:the|your|an?) (?:\w+ ){0,2}(?:passport|id(?: card)?|identity card|driving licen[cs]e|driver's license|(?:bank |credit |debit )?card)\b|\b(?:those|these) (?:\w+ )?(?:digits|characters|letters)\b"
    r"|passw[oö]rt|kennwort|\bpin\b|\btan\b|kartennummer|prüfziffer|zugangsdaten|ausweis(?:kopie|foto)|kopie (?:ihres|des) (?:aus|reisep)|mot de passe|code (?:secret|pin|de sécurité|à usage unique)|numéro de (?:votre )?carte|cryptogramme|identifiant|pièce d'identité"
    r"|contraseña|clave|número de (?:su |la )?tarjeta|código de (?:tres|seguridad|verificación)|\bdni\b|parola d'ordine|numero della carta|codice (?:di sicurezza|pin|segreto)|credenziali|documento d'identità|wachtwoord|pincode|kaartnummer|identiteits(?:bewijs|kaart)|bankpas"
    r"|palavra-passe|senha|número do cartão|hasło|kod (?:blik|z sms)|парол|пин-?код|номер карты|код из смс|密码|密碼|验证码|卡号|パスワード|暗証|カード番号|비밀번호|كلمة (?:المرور|السر)|סיסמה|şifre|parola\b|heslo|přihlašovac\w*|jelszó|personnummer|bankid|mitid|käyttäjätunnu\w*|avainluv\w*|doğrulama kod\w*|algarismos|kod z|parol[aăe]\b|lösenord|adgangskode|salasana|passord|κωδικ",
    re.IGNORECASE,
)
_GIVE = re.compile(
    r"\b(?:send|sends?|mail|e-?mail|text|message|tell|give|provide|supply|share|reply|respond|answer with|write|post|forward|hand|read (?:it|them|out)|let (?:us|me) (?:have|know|see)|confirm|state|quote|upload|attach|submit|type|enter|need|require|want|ask for|note down|include|dictate|show|scan|photograph)\b|\b(?:"
    r"schick\w*|sende\w*|nenn\w*|teil\w* .{0,20}mit|gib|geben|mitteilen|brauchen|benötigen|angeben|bestätig\w*|envoy\w*|donn\w*|indiqu\w*|communiqu\w*|transm\w*|fourni\w*|env[ií]\w*|d[ií]ga\w*|indique\w*|facilit\w*|proporcion\w*|necesit\w*|invi\w*|mand\w*|comunic\w*|dat\w*ci|fornir\w*|servono|stuur\w*|geef|vertel\w*|"
    r"env[ie]\w*|indique|podaj|prześlij|пришлите|отправьте|сообщите|назовите|gönder\w*|skicka|send\b)",
    re.IGNORECASE,
)
_OWN_USE = frozenset(
    {"enter", "type", "need", "require", "want", "confirm", "include", "note down", "show"}
)  # what a customer does with their own secret
_OWN_USE_WORDS = re.compile(rf"\b(?:{'|'.join(_OWN_USE)})\b")
_NEVER = re.compile(
    r"\b(?:never|do not|don't|not (?:ask|share|tell|send|give)|nobody|no one|nie(?:mals|mand)?|nicht|jamais|ne .{0,30} (?:pas|jamais)|nunca|no (?:comparta|dé|envíe)|mai|non|nooit|niet)\b",
    re.IGNORECASE,
)
_DOES_WITHOUT = re.compile(
    r"\bwithout (?:(?:a|any|your|the) )?(?:[\w-]+ ){0,2}$|\b(?:needs?|requires?|asks? for|wants?) no (?:[\w-]+ ){0,2}$", re.IGNORECASE
)
_NONE_OF = re.compile(r"\bno (?:[\w-]+ ){0,2}$", re.IGNORECASE)
_NOT_NEEDED = re.compile(r"^[^.;,:]{0,25}\b(?:is|are) (?:needed|required|necessary|asked for)\b", re.IGNORECASE)
_PAY = re.compile(
    r"\b(?:pay|payment|transfer|wire|deposit|prepay\w*|top up|gift\s?cards?|vouchers?|paysafe\w*|bitcoin|crypto\w*|itunes|western union|moneygram|settle\w*|überweis\w*|zahl\w*|vir\w*|verse\w*|pagar|pague|ingres\w*|transferencia|bonifico|betaal\w*|standing order|bank details|account details)\b",
    re.IGNORECASE,
)
_NO_PAYMENT = re.compile(
    r"\b(?:(?:do|does|did|will|would|need|must)(?: not|n't)(?: \w+){0,3} (?:pay|transfer|deposit|settle)\w*|never (?:pay|settle)\w*|without pay\w*|nothing to pay|no payment)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:please|must|need to|have to|has to|first(?=,|:|\s+(?:pay|send|transfer|wire|settle|top))|before we|once you have|only (?:after|once|when)|to release|in order to|bitte|erst|sobald|veuillez|doit|debe|hay que|deve)\b",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"<\|?\w+\|?>|\b(?:system|assistant|user)\s*:|\bas (?:an?|the) (?:ai|language model|llm|assistant)\b|\b(?:language|ai) model\b|\b(?:note|message|hint) (?:to|for) (?:the )?(?:agent|model|assistant|reviewer|checker|bot|operator)\b|à l'attention du modèle|intelligenza artificiale"
    r"|\bthis (?:sentence|answer|reply) (?:is|was|has been) (?:supported|checked|verified|approved)|\bno (?:further )?check|\bfilters? (?:are|is) off|\bverification is (?:off|switched off|disabled)|\balle filter|\btreat this (?:answer|sentence) as|\banswer only from the passages|\byou are a helpful",
    re.IGNORECASE,
)
FEWEST_KNOWN = 0.4  # share of a sentence's words that its language's commonest words and the passages must hold
SURELY_KNOWN = 0.6  # the same share where its few words look like another language's
FEWEST_WORDS = 4  # of a sentence whose language can be told
_LEET = str.maketrans("4301578@$", "aeoistbas")


def fault(sentence: str, passages: str, policy: Policy, rest: str = "", question: str = "") -> str | None:
    """Say why a sentence may not leave, None where it may. `passages` is all that is cited, `rest` the units it rests on."""
    if strange := addresses.unknown(sentence, passages):
        return f"names the {strange}, which stands in no passage"
    if asked := _secret_asked(sentence, rest or passages):
        return f"asks for what nobody may be asked: {asked!r}"
    if asked := _money_asked(sentence, rest or passages):
        return f"asks for a payment that no passage tells of: {asked!r}"
    if breach := next(assurances(sentence, passages, policy), None):
        return f"is a {breach.rule} that no passage gives: {breach.words!r}"
    if (match := _MACHINE.search(sentence)) and match[0].casefold() not in passages.casefold():
        return f"speaks to a machine: {match[0]!r}"
    if spoken := _spoken(sentence, passages.casefold()):
        return f"speaks to a machine: {spoken[:60]!r}"
    return _foreign(sentence, passages, question)


def _spoken(sentence: str, folded: str) -> str | None:
    """Return what a sentence says to a machine, unless the passages, `folded`, hold it too.

    One that stands there as a whole can say nothing that does not, save what it has encoded: no sign is looked for, which takes compiling all of them.
    """
    if sentence.casefold() in folded and not any(True for _ in hidden_characters.encoded(sentence)):
        return None
    found = injection.find(sentence, "text")
    return found[0].quote if found and found[0].quote.casefold() not in folded else None


def _secret_asked(sentence: str, rest: str) -> str | None:
    """Return the secret that a sentence wants told, where it is not the passages that want it told, in the same words."""
    sentence = _deciphered(sentence)
    match = _SECRET.search(sentence)
    if match is None or _is_denied(sentence, match):
        return None
    given = [verb[0].casefold() for verb in _GIVE.finditer(sentence)]
    told = rest.casefold()
    known = content(match[0]) <= content(rest) and (all(verb in _OWN_USE for verb in given) or _GIVE.search(_OWN_USE_WORDS.sub("", told)))
    return None if not given or known else match[0]


def _is_denied(sentence: str, secret: re.Match[str]) -> bool:
    """Tell whether a sentence says that a secret is never asked for, or does without that very secret."""
    before, after = sentence[: secret.start()], sentence[secret.end() :]
    if _DOES_WITHOUT.search(before) or (_NONE_OF.search(before) and _NOT_NEEDED.search(after)):
        return True
    return bool(_NEVER.search(sentence[: secret.end() + 40])) and not re.search(r"\b(?:except|ausser|außer|sauf)\b", sentence, re.IGNORECASE)


def _deciphered(sentence: str) -> str:
    """Return a sentence in plain letters: full-width and other compatible ones resolved, words with digits for letters read as they are meant."""

    def meant(match: re.Match[str]) -> str:
        read = match[0].translate(_LEET)
        return read if read.isalpha() and sum(char.isalpha() for char in match[0]) >= 2 else match[0]

    return re.sub(r"(?<!\S)[\w@$]*[^\W\d_][\w@$]*", meant, unicodedata.normalize("NFKC", sentence))


def _money_asked(sentence: str, rest: str) -> str | None:
    pays = [match[0].casefold() for match in _PAY.finditer(_NO_PAYMENT.sub(" ", sentence))]
    if not pays or not _ORDER.search(sentence):
        return None
    known = content(rest)
    return next((word for word in pays if not content(word) & known and word[:4] not in rest.casefold()), None)


def _foreign(sentence: str, passages: str, question: str) -> str | None:
    strange = form.scripts(sentence) - form.scripts(f"{passages} {question}")
    if strange:
        return f"is written in letters that neither passages nor question have ({', '.join(sorted(strange)).lower()})"
    if len(sentence.split()) < FEWEST_WORDS:
        return None
    told, known = language.detect(sentence), {language.detect(passages), language.detect(question)} - {"unknown"}
    shared = max((language.share(sentence, one, f"{passages} {question}") for one in known), default=1.0)
    if told != "unknown" and known and told not in known and shared < SURELY_KNOWN:
        return f"is in another language ({told}) than passages and question"
    if known and told == "unknown" and len(sentence.split()) >= FEWEST_WORDS + 1 and shared < FEWEST_KNOWN:
        return "is in no language of passages and question"
    return None
