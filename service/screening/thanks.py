"""Proof that a mail is thanks and nothing else: every sentence of it thanks, praises, says that all is well, or is a courtesy."""

import re

from ingestion.mail import wishes
from ingestion.mail.message import Message
from service.text import patterns, sentences

_ABOUT_THANKS = patterns.pattern(
    r"^\W*(?:(?:re|aw|antw|rif|r|res|sv)\s?:|(?:many |a big |big |huge |thousand )?thank|thx|cheers|dank|vielen dank|herzlichen dank|merci|un (?:grand )?merci|gracias|muchas gracias|grazie|bedankt|obrigad|muito obrigad|$)",
    re.IGNORECASE,
)
_REPLY = patterns.pattern(r"^\W*(?:re|aw|antw|rif|r|res|sv)\s?:", re.IGNORECASE)
_MOST = 80  # words; more of them say more than thanks
_COURTESY = patterns.pattern(
    r"^\W*(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen)|liebe[rs]?|sehr geehrte\w*|hola|buen[oa]s \w+|estimad\w+|bonjour|bonsoir|salut|ciao|buongiorno|buonasera"
    r"|gentile|beste|hoi|goede(?:n|morgen|middag)\w*|geachte|olá|bom dia|boa tarde|prezad\w+)\b[^.!?]{0,50}"
    r"|(?:kind |best |warm |many )*(?:regards|wishes|greetings)|cheers|best|(?:have a|enjoy (?:the|your)|schön\w* |einen schönen |bonne |buena? |buon\w* |fijne? |bo[am] |have )[^.!?]{0,40}"
    r"|(?:mit )?(?:freundliche\w*|beste\w*|viele|liebe|herzliche) gr\w+|cordialement|bien à vous|(?:un )?(?:cordial )?saludos?\w*|cordiali saluti|saluti|(?:hartelijke |vriendelijke )?groet\w*|(?:com os melhores )?cumprimentos|abraços?"
    r"|(?-i:(?:[A-ZÀ-ÞŁŚŻ][\w'’.-]*[ ,]{0,2}){1,4})|\w{1,20})[\s,.!]*$",
    re.IGNORECASE,
)
_THANKS = patterns.pattern(
    r"\b(?:thank(?:s| you| (?:the|whoever|everyone|everybody|all|him|her|them|your|every)\b)|thx|cheers|much (?:appreciated|obliged)|appreciate (?:it|your|the|all|how)|(?:so |very |really |truly )?grateful|gratitude|danke(?:schön)?|(?:vielen|herzlichen|besten|lieben|großen) dank|dankbar|bedanken|merci|remercie\w*|reconnaissan\w+|gracias|agradec\w+|grazie|ringrazi\w+"
    r"|bedankt|dank (?:je|u|voor)|dankjewel|dankuwel|bedanken|obrigad[oa]|agradeç\w+|agradeciment\w+)\b",
    re.IGNORECASE,
)
_PRAISE = patterns.pattern(
    r"\b(?:(?:so |very |really |truly |absolutely )?(?:happy|glad|pleased|delighted|relieved|impressed|satisfied|thrilled|touched) (?:with|about|by|that|how|i|we|to see|to report|to say|to hear)|(?:made|saved) (?:my|our|her|his) (?:day|week|month|year)|(?:great|excellent|wonderful|fantastic|brilliant|superb|lovely|outstanding|first[- ]class|amazing|splendid|top) (?:service|work|job|help|support|team|course|experience|staff|people|evening|day)"
    r"|(?:was|were|is|are|has been|have been) (?:so |very |really |all |both )?(?:patient|kind|friendly|helpful|lovely|wonderful|brilliant|fantastic|great|perfect|excellent|professional|quick|prompt|outstanding|delicious|beautiful)|fits? (?:like a glove|perfectly)|keep (?:it up|up the good work)|well done|(?:couldn['’]t|could not) (?:be happier|have asked for|ask for)|(?:could|can)(?:n['’]t| ?not) (?:have been|be) (?:better|kinder|more)"
    r"|(?:war|waren|ist|sind|fand|hat) (?:\S+ ){0,4}(?:großartig|super|toll|klasse|prima|perfekt|wunderbar|freundlich|geduldig|hervorragend|ausgezeichnet|schön|begeistert|gefreut|gefallen)|(?:sehr )?(?:begeistert|zufrieden|erfreut|froh)|so stelle ich mir|weiter so|macht weiter so|(?:großes )?lob|ein lob"
    r"|(?:été|était|étaient|est|sont|suis|sommes) (?:\S+ ){0,3}(?:ravie?s?|enchantée?s?|contente?s?|satisfaite?s?|parfaite?s?|formidables?|gentil\w*|super|impeccables?|touchée?s?|adorables?)|(?:votre|leur) (?:gentillesse|rapidité|patience|efficacité|professionnalisme)|bravo|chapeau|continuez"
    r"|(?:ha sido|fue|fueron|está|estoy|estamos|quedé|son) (?:\S+ ){0,3}(?:genial\w*|perfect\w+|amables?|encantad\w+|content\w+|satisfech\w+|fantástic\w+|maravillos\w+|excelentes?|estupend\w+)|enhorabuena|felicidades|(?:è|siete|sono|era|erano) (?:\S+ ){0,4}(?:perfett\w+|gentil\w+|content\w+|soddisfatt\w+|felic\w+|meraviglios\w+|fantastic\w+|bravissim\w+|ottim\w+)|complimenti"
    r"|(?:was|waren|is|zijn|ben) (?:\S+ ){0,4}(?:geweldig|fantastisch|vriendelijk|behulpzaam|tevreden|blij|perfect|top|fijn|leuk|heerlijk)|ga zo door|complimenten|(?:foi|foram|está|estou|são|ficou) (?:\S+ ){0,4}(?:ótim\w+|perfeit\w+|excelentes?|content\w+|feliz\w*|simpátic\w+|impecáve\w+|maravilhos\w+|satisfeit\w+)|parabéns)\b",
    re.IGNORECASE,
)
_ARRIVED = patterns.pattern(
    r"\b(?:(?:arrived|came|turned up|got here|was delivered|were delivered|is here|are here|was waiting|landed)\b|(?:have|has|had|i|we) (?:\w+ )?(?:received|got|picked up|collected) (?:it|them|the|my|our|everything)|passed (?:on )?(?:first|with|the|her|his|my)"
    r"|(?:ist|sind|kam|kamen|lag|lagen) (?:\S+ ){0,6}(?:angekommen|an|da|eingetroffen|im briefkasten|geliefert)|(?:ist|kam|war) (?:\S+ ){0,4}(?:gestern|heute|pünktlich)|(?:est|sont) (?:\S+ ){0,3}(?:arrivée?s?|passée?s?|venue?s?|sec|sèche)|ai bien reçu|avons bien reçu|(?:llegó|llegaron|ha llegado|han llegado|recibí|hemos recibido|he recibido)"
    r"|(?:è|sono) (?:\S+ ){0,2}arrivat\w+|ho ricevuto|abbiamo ricevuto|(?:is|zijn) (?:\S+ ){0,4}(?:aangekomen|binnen|bezorgd|gearriveerd)|heb (?:\S+ ){0,3}ontvangen|(?:chegou|chegaram|recebi|recebemos))\b",
    re.IGNORECASE,
)
_ASKED_AS_THANKS = patterns.pattern(
    r"\bmerci (?:de|d['’])\s?\w+(?:er|ir|re)\b|\bmerci de (?:me|m['’]|nous|la|le|les|lui|leur|bien|ne|faire)\b|\bmerci de (?:votre|ton) (?:retour|réponse|aide|intervention)\b|\bmerci d['’]avance"
    r"|\b(?:vielen dank|danke) (?:für (?:die|eine|ihre) (?:\w+ )?(?:erstattung|rück\w+|korrektur|änderung|stornierung|löschung|klärung|prüfung|zusendung|lieferung|gutschrift|rückmeldung|bearbeitung)|im voraus)"
    r"|\bthank(?:s| you) (?:in advance|for (?:(?:re|can|chang|fix|send|look|check|arrang|sort|updat|delet|correct|re)\w*ing|a refund|your (?:prompt|quick|speedy)? ?(?:reply|response|attention|action)))"
    r"|\b(?:gracias|grazie|obrigad[oa]) (?:por|de|di|por|per) (?:\w+ )?\w+(?:ar|er|ir|are|ere|ire)(?:l[oae]s?|me|nos|mi|ci)?\b|\b(?:gracias de antemano|grazie in anticipo|alvast bedankt|bij voorbaat dank|desde já)\b|\bagradecería|\bagradeço (?:o|a|que)\b"
    r"|\b(?:would|should|i['’]d|we['’]d) (?:\w+ )?(?:be (?:grateful|happy|glad)|appreciate)|\bwäre (?:ich )?(?:\w+ )?(?:dankbar|froh)|\bserais? (?:\w+ )?(?:reconnaissant|ravi|content)",
    re.IGNORECASE,
)
_SETTLED = patterns.pattern(
    r"\b(?:(?:all|it|that|this|everything|problem|issue|matter)?(?:['’]s| is| has| are| was| been| now)? ?(?:solved|resolved|sorted|fixed|settled|mended|repaired|clear now|working|works|fine now|in order)|that (?:helped|did it|worked)|(?:did|does) the trick|(?:it|everything) (?:is )?(?:works?|working|runs|arrived)(?: again| now| fine| perfectly)?"
    r"|no (?:further|more) (?:help|action|questions)|(?:you can|you may|please|feel free to) close (?:it|this|(?:the|this|my) (?:\w+ )?(?:ticket|case|job|report|matter|file|request|order|thread))|no need to (?:reply|answer|respond|do|call|come)|nothing (?:else|more) (?:is )?(?:needed|to do)|(?:like|as good as) new|back to normal|(?:können|kannst|könnt) (?:\w+ ){0,3}(?:schließen|zumachen|abhaken)|pouvez (?:\w+ ){0,3}(?:clore|clôturer|fermer)|(?:puede|pueden|podéis) (?:\w+ ){0,3}cerrar|pot(?:ete|e|rete) (?:\w+ ){0,3}chiudere|(?:kunt|kun|mag|mogen) (?:\w+ ){0,4}(?:sluiten|afsluiten)|podem? (?:\w+ ){0,3}(?:fechar|encerrar)|draait weer|erledigt|gelöst|behoben|repariert|(?:funktioniert|läuft|klappt|geht) (?:\w+ ){0,2}(?:wieder|jetzt|nun|alles|einwandfrei|prima|super)|(?:jetzt|nun|wieder|alles) (?:funktioniert|läuft|klappt|geht|dicht|warm|trocken|gut)"
    r"|(?:est|c['’]est) (?:résolu|réglé|réparé)|tout (?:est|fonctionne|marche)|fonctionne (?:à nouveau|de nouveau|maintenant|parfaitement)|(?:está|queda|ya) (?:resuelto|solucionado|arreglado)|ya funciona|todo (?:funciona|bien|en orden|está)"
    r"|(?:è|tutto) (?:risolto|a posto|ok)|ora funziona|funziona (?:di nuovo|tutto|perfettamente)|(?:is|alles) (?:opgelost|in orde|goed)|werkt (?:weer|nu|alles)|(?:está|ficou|já) (?:resolvido|a funcionar)|já funciona|tudo (?:bem|certo|funciona|resolvido)|great|perfect|super|wonderful|brilliant|fantastic|excellent|parfait|perfecto|perfetto|perfeito|prima|toll|top)\b",
    re.IGNORECASE,
)
_UNSETTLED = patterns.pattern(
    r"\b(?:but|however|except|although|only|yet|another|also|too|besides|again stopped|without|nothing|for nothing|still|instead|wrong|missing|torn|broken|late|same|tomorrow|will|next|need\w*|want\w*|must|should|could|can you|please(?! close)|wait\w*"
    r"|please|pls|plz|svp|s['’]il (?:vous|te) plaît|per favore|por favor|alstublieft|alsjeblieft|a\.?u\.?b|open(?:ed)?|empty|damaged|leaking|stuck|dead|abierto|vacío|rot[oa]|dañad\w+|leer|beschädigt|kaputt|defekt|undicht|cassée?|vide|ouverte?|abîmée?|rotto|vuoto|danneggiat\w+|kapot|leeg|beschadigd|partid[oa]|vazi[oa]|danificad\w+"
    r"|aber|jedoch|allerdings|nur noch|außerdem|noch eine?|noch|ohne|statt|stattdessen|falsch|fehlt|morgen|werde|werden|bitte|muss|sollte|könnte\w*|brauche\w*|mais|cependant|sauf|reste|encore|toujours|sans|demain|faudrait|faut|pourriez|manque|pero|aunque|sin embargo|todavía|aún|sigue|sin|falta|mañana|espera|necesit\w+|podría\w*"
    r"|ma(?= (?:non|il|lo|gli|un|una|c['’]è|è|ho|ora|anche|adesso|purtroppo)\b)|però|tuttavia|ancora|senza|manca|domani|vorrei|maar|echter|nog|zonder|ontbreekt|morgen|zou|graag|mas|porém|contudo|ainda|continua|sem|amanhã|preciso|gostaria)\b"
    r"|\b(?:not|n['’]t|never|no longer|nicht|kein\w*|nie|ne|pas|jamais|no puedo|nunca|non|mai|niet|geen|nooit|não|nunca)\b(?! (?:further|more|problem|probleme?|worries|a problem|only|have asked|be happier|have been better|ask for))",
    re.IGNORECASE,
)
_COMPARED = patterns.pattern(
    r"\b(?:i|we) (?:just |only |really )?want(?:ed)? to (?:say|thank|let you know)|\bno need to \w+|\bnothing (?:else|more)(?: \w+){0,2}|\bplease (?:pass|give|tell|accept|thank)\b|\bwithout (?:a|any|making)\b|\bcould(?:n['’]t| not) (?:be happier|have asked for|have been|be better)[^.!?]{0,40}|\bnot only\b|\bno (?:problem|worries)\b|\bjust wanted\b|\bwanted to (?:say|thank|let you know)\b|\bcould (?:let|tell) you\b",
    re.IGNORECASE,
)


def is_thanks(message: Message, text: str) -> bool:
    """Tell whether a text is thanks and nothing else. What has come or been mended may be told beside it; nothing open, asked or announced may."""
    if _asks_above(message) or "?" in text:
        return False
    said = [sentence.text for sentence in sentences.split(f"{text}\n")]
    if sum(len(sentence.split()) for sentence in said) > _MOST or not any(
        _THANKS.search(one) for one in [*said, message.subject, message.signature[:300]]
    ):
        return False
    tells = any(kind.search(sentence) and len(sentence.split()) > 3 for sentence in said for kind in (_THANKS, _SETTLED, _PRAISE))
    return (tells or bool(_ABOUT_THANKS.search(message.subject))) and all(_is_kind(sentence) for sentence in said)


def _asks_above(message: Message) -> bool:
    """Tell whether the subject asks; that of an answer is what was asked before."""
    return wishes.asks(message.subject) and not _REPLY.match(message.subject)


def _is_open(sentence: str) -> bool:
    plain = _COMPARED.sub(" ", sentence)
    return bool(_UNSETTLED.search(plain)) or (wishes.asks(plain) and not _SETTLED.search(sentence))


def _is_kind(sentence: str) -> bool:
    if _ASKED_AS_THANKS.search(sentence) or _is_open(sentence):
        return False
    if len(sentence.split()) <= 6 and _COURTESY.match(sentence):
        return True
    return any(kind.search(sentence) for kind in (_THANKS, _SETTLED, _PRAISE, _ARRIVED))
