"""The lines that lead from an answer to what it answers: 'On … X wrote:', rules, and markers of help desks."""

import re

from mailparser_reply.constants import MAIL_LANGUAGES

_RULES = r"^[>\s]{0,12}\*{0,2}(?:[-_=*~]{2,60}|—{1,20})\s{0,3}(?:%s)\b.{0,80}$"
_ORIGINAL = re.compile(
    _RULES % "original message|ursprüngliche nachricht|original-?nachricht|original-?mail|message (?:d['’]origine|original|initial)"
    "|mensaje original|messaggio originale|messaggio d'origine|oorspronkelijk(?: bericht|e bericht)|mensagem original"
    "|original appointment|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|oryginalna wiadomość|wiadomość oryginalna"
    "|původní zpráva|pôvodná správa|alkuperäinen viesti|eredeti üzenet|özgün ileti|orijinal mesaj|исходное сообщение|оригинальное сообщение"
    "|вихідне повідомлення|оригінальне повідомлення|αρχικό μήνυμα|mesaj original|mesajul original|元のメッセージ|原始邮件|原始郵件|原郵件"
    "|邮件原件|원본 메시지|원본 메일|הודעה מקורית|الرسالة الأصلية",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    _RULES % "forwarded (?:message|by)|weitergeleitete (?:nachricht|mail)|(?:message|courriel) (?:transféré|transmis|réexpédié)"
    "|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem (?:re)?encaminhada|start of forwarded|vidarebefordrat meddelande"
    "|videresendt (?:meddelelse|melding)|przekazana wiadomość|wiadomość przekazana|přeposlaná zpráva|přeposlaná správa|edelleenlähetetty viesti"
    "|välitetty viesti|továbbított (?:üzenet|levél)|yönlendirilmiş (?:ileti|mesaj)|yönlendirilen ileti|iletilmiş ileti|пересылаемое сообщение"
    "|переадресованное сообщение|пересланное сообщение|переслане повідомлення|пересилане повідомлення|προωθημένο μήνυμα"
    "|mesaj redirecționat|forwarded mail|転送メッセージ|転送されたメッセージ|转发的邮件|轉寄郵件|转发邮件信息|전달된 메시지|전달된 메일|הודעה שהועברה|رسالة معاد توجيهها",
    re.IGNORECASE,
)
_FORWARD_LINE = re.compile(
    r"^[>\s]{0,12}(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|début du (?:message|courriel) (?:transféré"
    r"|réexpédié)|inicio del mensaje reenviado|inizio (?:del )?messaggio inoltrato|begin doorgestuurd bericht"
    r"|início da mensagem (?:re)?encaminhada|vidarebefordrat brev|start på videresendt (?:besked|melding)|välitetty viesti alkaa"
    r"|začátek přeposlané zprávy|początek przekazywanej wiadomości|továbbított levél kezdete|iletilen mesajın başlangıcı"
    r"|начало переадресованного сообщения|начало пересылаемого сообщения|початок листа, що пересилається|αρχή προωθημένου μηνύματος"
    r"|転送されたメッセージ|下面是被转发的邮件|以下是轉寄的郵件|전달된 메시지 시작|תחילת ההודעה שהועברה)\s{0,3}[:：]?\s*$",
    re.IGNORECASE,
)
_REPLY_ABOVE = re.compile(
    r"^[>\s]{0,12}(?:##-.{1,200}-##|[-=_*#\s]{0,60}(?:please )?(?:reply|type your reply|write|respond|enter your reply) above this line\b.{0,80}"
    r"|[-=_*#\s]{0,60}bitte antworten sie (?:oberhalb|über) dieser zeile\b.{0,80}|[-=_*#\s]{0,60}(?:veuillez )?répond(?:re|ez) au-dessus de cette ligne\b.{0,80}"
    r"|[-=_*#\s]{0,60}(?:por favor,? )?(?:responda|escriba(?: su respuesta)?) (?:por encima|encima) de esta línea\b.{0,80})$",
    re.IGNORECASE,
)
_STARTER = re.compile(r"^(?:on|am|le|el|il|op|em|no|den|a|dnia|w dniu|dne|på|în data|la)\b", re.IGNORECASE)
_WROTE = re.compile(
    r"^.{2,300}?(?:\b(?:(?<!\bI )(?<!\bwe )(?<!\byou )(?:wrote|writes)(?: the following)?\s?[:：]$"
    r"|(?:schrieb|geschrieben|a écrit|escribió|va escriure|ha scritto|schreef|geschreven|escreveu|skrev|skrifaði|napisał[aeoi]*|napsala?|napísala?"
    r"|kirjoitti|írta|yazdı|şunu yazdı|пишет|написала?|писал[аи]?|пише|написав|έγραψε|a scris|je napisao|viết|đã viết)\b"
    r"(?!\s+(?:ich|wir|ik|we|sie|ihr)\b)[^:：]{0,150}[:：]$)"
    r"|(?:写道|寫道|写到|のメッセージ|書きました|書いた|님이 작성|작성|썼습니다|כתב(?:ה)?|מאת|كتب)[^:：]{0,80}[:：]$)",
    re.IGNORECASE,
)
_SAID = re.compile(r"^.{2,300}?\b(?<!\bI )(?<!\bwe )(?<!\byou )(?:said|says|sagte|a dit|dijo|ha detto|zei|disse)\s?[:：]$", re.IGNORECASE)
_DATED = re.compile(r"^\d{4}[-/]\d\d?[-/]\d\d?\D.{0,150}<[^<>\s]{3,120}>\s?[:：]?$")
_ADDRESSED = re.compile(r"^.{0,120}\d.{0,150}<(?:mailto:)?[^<>\s]{1,120}@[^<>\s]{1,120}>\)?\s?[:：]$")
_WHEN = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|(?:19|20)\d\d年|\S@\S|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
# Languages we have no table for: the library's own patterns, one bounded line at a time. Its whole-message patterns backtrack
# over the rest of the mail and take hyphen lists for signatures, so they are not used.
_BORROWED = [re.compile(str(MAIL_LANGUAGES[language]["wrote_header"]), re.IGNORECASE) for language in ("cs", "da", "ja", "ko", "pl", "sv", "zh")]
_FULL_NAME = re.compile(r"[A-ZÀ-Þ]\S+ [A-ZÀ-Þ]")
_LONGEST = 400


def is_original_rule(line: str) -> bool:
    """Tell whether a line is "-----Original Message-----"."""
    return bool(_ORIGINAL.match(line[:_LONGEST]))


def is_forward_rule(line: str) -> bool:
    """Tell whether a line begins a forwarded mail."""
    return bool(_FORWARD.match(line[:_LONGEST]) or _FORWARD_LINE.match(line[:_LONGEST]))


def is_reply_marker(line: str) -> bool:
    """Tell whether a line is a help desk's "please reply above this line"."""
    return bool(_REPLY_ABOVE.match(line[:_LONGEST]))


def length(lines: list[str], at: int) -> int:
    """Count the lines of an 'On … X wrote:' that starts at `at`, 0 when there is none. It may itself be marked with '>', as Apple does."""
    joined = ""
    for count, raw in enumerate(lines[at : at + 4], start=1):
        line = raw.lstrip("> \t\u200e\u200f").strip()
        if not line or len(joined) + len(line) > _LONGEST:
            return 0
        if count == 2 and not _STARTER.match(joined) and "@" not in joined:
            return 0
        joined = f"{joined} {line}".strip()
        if joined.endswith((":", "：", ">")) and _is_attribution(joined):
            return count
        if count == 1 and line.endswith((".", "!", "?")):
            return 0
    return 0


def _is_attribution(line: str) -> bool:
    if not _WHEN.search(line):
        return False
    if line.endswith(">"):
        return bool(_DATED.match(line))
    if _WROTE.match(line) or _DATED.match(line) or _ADDRESSED.match(line):
        return True
    if _SAID.match(line):
        return "@" in line
    return len(line) <= 200 and any(pattern.match(line) for pattern in _BORROWED)


def is_bare(line: str) -> bool:
    """Tell whether a line says that somebody wrote, without saying when: enough only where quoted lines follow."""
    line = line[:_LONGEST].strip()
    return bool(_WROTE.match(line) or (_SAID.match(line) and _FULL_NAME.match(line)))
