"""What a machine's notice tells that somebody must see: an ill, a danger, a demand, a matter of law."""

import re
from collections.abc import Mapping

from service.text import patterns

_BY_A_DATE = patterns.pattern(
    r"\b(?:by|until|before|no later than|bis|spätestens|avant|jusqu['’]au|antes del?|hasta|entro|voor|uiterlijk|até) (?:the |zum |le |el |il |de |o )?\d",
    re.IGNORECASE,
)
_DEMANDS = patterns.pattern(
    r"\b(?:was|were|has been|have been|is|wurden?|ist|sind|a été|est|ha sido|fue|è stat[oa]|werd|is|foi) (?:\w+ )?(?:returned|reversed|refused|bounced|closed|cancell?ed|revoked|disabled|stopped|lost|not (?:delivered|received|paid|processed|collected)|zurück\w+|storniert|abgewiesen|widerrufen|geschlossen|retourn\w+|annul\w+|devuelt\w+|cancelad\w+|stornat\w+|restituit\w+|geretourneerd|geannuleerd|devolvid\w+)"
    r"|\b(?:action (?:is )?required|(?:must|have to|need to|are (?:required|requested|obliged) to|should) (?!do nothing)(?:\w+ ){0,2}(?:submit|respond|reply|answer|pay|confirm|provide|send|file|sign|return|comply|complete|correct|stop|remove|attend|appear)|(?:reply|respond|answer|pay|objection|comments?|statement) (?:\S+ ){0,4}(?:by|before|within|until|no later than) \W?\w*\d"
    r"|deadline|overdue|final (?:notice|reminder)|dispute|complaint|claim|infringement|breach|violation|lawsuit|court|legal (?:notice|action|proceedings)|formal notice|suspended|terminated|rejected|declined|failed|failure|unsuccessful|could not be (?:processed|charged|collected|paid)|chargeback"
    r"|müssen sie (?!nichts)(?:\w+ ){0,8}|(?:bis|spätestens) (?:zum )?\d[^.\n]{0,60}(?:antworten|zahlen|einreichen|melden|bestätigen|stellung)|frist|mahnung|beschwerde|klage|abmahnung|fehlgeschlagen|abgelehnt|gesperrt|gekündigt|devez|obligatoire|mise en demeure|plainte|réclamation|échéance|impayée?s?|échoué|refusée?"
    r"|debe (?:\w+ ){0,2}(?:pagar|presentar|responder|confirmar|enviar)|plazo|reclamación|denuncia|vencid\w+|rechazad\w+|fallid\w+|dovete|deve (?:\w+ ){0,2}(?:pagare|rispondere|inviare|confermare)|scadenza|reclamo|diffida|sollecito|fallit\w+|moet (?:u|je)|termijn|klacht|aanmaning|mislukt|geweigerd|deve (?:\w+ ){0,2}(?:pagar|responder|enviar|confirmar)|prazo|reclamação|falhou|recusad\w+)\b",
    re.IGNORECASE,
)  # what a machine wants of us, or an ill that it tells: somebody must see that
_DANGER = patterns.pattern(
    r"\b(?:crash|collision|fire|smoke|gas|flood\w*|leak\w*|injur\w+|trapped|entrapment|persons?|emergency|panic|intru\w+|break-?in|fall detected|overheat\w*|temperature|without cooling|explosion|brand|rauch|unfall|einbruch|notruf|verletzt\w*|incendie|fumée|accident|blessé\w*|urgence|incendio|humo|accidente|herid\w+|emergencia|fumo|incidente|ferit\w+|emergenza|rook|ongeval|gewond\w*|noodgeval|fumaça|acidente|ferid\w+|emergência)\b",
    re.IGNORECASE,
)  # a person looks at it, whoever tells it
_LEGAL = patterns.pattern(
    r"\b(?:complaint (?:\S+ ){0,6}(?:filed|lodged|received|against)|(?:filed|lodged|made) (?:\S+ ){0,3}complaint|(?:takedown|infringement|formal|legal|statutory|breach) notice|notice of (?:claim|breach|violation|infringement|default)|lawsuit|court (?:order|date|hearing)|summons|supervisory authority|(?:notice|order) to (?:vacate|quit|pay|appear|comply|produce)|eviction|injunction|subpoena|statutory demand"
    r"|beschwerde (?:gegen|wurde|eingelegt)|abmahnung|aufsichtsbehörde|anhörung|mise en demeure|plainte (?:contre|déposée)|assignation|denuncia|reclamación (?:contra|presentada)|requerimiento|diffida|reclamo contro|klacht (?:over|tegen|ingediend)|ingebrekestelling|notificação (?:judicial|formal)|reclamação (?:contra|apresentada))\b",
    re.IGNORECASE,
)
_ILL = patterns.pattern(
    r"\b(?:(?:is|are|was|were|went|has been|have been|been) (?:down|offline|unreachable|unavailable|unpaid|overdue|full)|down since|outages?|on hold|waiting for (?:a|an|the|your|you)|otherwise|without (?:a )?solution|last (?:contact|seen|heartbeat)|(?:state|status)\W{1,3}(?:stopped|halted|down|critical|error|failed|off(?:line)?|unknown|degraded)|emergency|not (?:respond\w*|reachable|running|available|working)|no (?:response|answer|signal|heartbeat|contact)|timed out|errors?|faults?|failing|fails|(?:disk|storage|tank|memory) (?:is )?full|out of (?:space|memory|stock|paper|toner)|unpaid|problem|problems|blocked|expired|missed"
    r"|(?:above|over|below|exceed\w*) (?:the |its )?(?:limit|threshold|maximum|minimum)|störung\w*|ausfall|ausgefallen|fehler\w*|nicht erreichbar|panne|hors service|injoignable|erreurs?|avería|caíd[oa]|inaccesible|errore?s?|fuera de servicio|guasto|irraggiungibile|errori|storing|onbereikbaar|fout(?:en)?|avaria|inacessível|erros?)\b"
    r"|\b(?:limit|threshold|grenzwert|schwelle|seuil|límite|soglia|limite|grens)\b\W{1,3}-?\d",
    re.IGNORECASE,
)
_ALARM = patterns.pattern(r"\b(?:alarms?|alerts?|alarmierung|warnung|alerte|alerta|allarme|waarschuwing|down|critical|firing|kritisch|critique|crítico|critico|kritiek)\b", re.IGNORECASE)  # fmt: skip
_NO_ILL = patterns.pattern(
    r"\b(?:(?:no|0|zero|without(?: any)?) (?:errors?|faults?|failures?|problems?|warnings?|alerts?)|(?:errors?|faults?|failures?|failed|problems?|warnings?|missed)\W{1,3}(?:0\b(?!\.)|none)|keine? (?:fehler|störung\w*|probleme?)|ohne fehler|fehler\W{1,3}0\b|aucune? (?:erreur|panne)|sin errores|nessun errore|geen (?:fouten|storing)|sem erros)",
    re.IGNORECASE,
)
_OVER = patterns.pattern(
    r"\b(?:recover(?:ed|y)|resolved|cleared|back (?:up|online|to normal)|up again|is up|(?:state|status|result)\W{1,3}(?:up|ok|success\w*|passed|normal|armed|ready|idle|running|online)|succeeded|behoben|wieder (?:erreichbar|online)|wiederhergestellt|rétablie?|résolue?|de nouveau (?:en ligne|joignable)|resuelt[oa]|recuperad[oa]|restablecid[oa]|risolt[oa]|ripristinat[oa]|opgelost|hersteld|weer bereikbaar|resolvid[oa]|restabelecid[oa])\b"
    r"|\[(?:ok|up|resolved|recovered)\]",
    re.IGNORECASE,
)
_NOT_OVER = patterns.pattern(
    r"\b(?:not (?:yet )?(?:recovered|resolved|back|up)|again down|down again|still|with errors|partial(?:ly)?|but|immer noch|noch nicht|nicht behoben|mit fehlern|teilweise|toujours|pas (?:encore )?(?:rétablie?|résolue?)|todavía|aún|con errores|ancora|non (?:ancora )?risolt[oa]|con errori|nog (?:steeds|niet)|met fouten|ainda|com erros)\b",
    re.IGNORECASE,
)
_BROKE = patterns.pattern(r"\b(?:failed|failure|unsuccessful|fehlgeschlagen|échoué|fallid\w+|fallit\w+|mislukt|falhou)\b", re.IGNORECASE)
_WATCH = patterns.pattern(
    r"\b(?:jobs?|builds?|monitor\w*|hosts?|checks?|probes?|endpoints?|severity|state|status|backups?|nightly|cron|session|pipeline|attempts?|latency|region|runbook|alarm|alert|uptime|downtime|recovered|firing|resolved|critical|warning|duration|started|finished|exit code|device|unit|sensor)\b",
    re.IGNORECASE,
)
_ENTRY = patterns.pattern(r"^\W{0,3}[\w][\w /()-]{0,30}:\s*\S", re.MULTILINE)
_WATCHES = 3  # different words of monitoring
_SHARE = 2  # of its lines, one in so many are entries where a notice is a list of them


def lists(head: str) -> bool:
    """Tell whether a text is a list of entries with a name and a value, as monitors send them."""
    lines = [line for line in head.split("\n") if line.strip()]
    return len(_ENTRY.findall(head)) >= max(3, len(lines) // _SHARE)


def wants(said: str) -> bool:
    """Tell whether something is wanted by a day, has gone wrong for somebody, or puts somebody in danger."""
    return bool(_BY_A_DATE.search(said) or _DEMANDS.search(said) or _DANGER.search(said))


def without_failures(text: str) -> str:
    """Return what a monitor tells without the failures of its jobs: no ill that anybody asks us to cure."""
    is_monitors = len({found[0].lower() for found in _WATCH.finditer(text)}) >= _WATCHES
    return _BROKE.sub(" ", text) if is_monitors and lists(text) else text


def is_serious(subject: str, said: str) -> bool:
    """Tell whether a notice with a machine's headers reports an ill that lasts, or a demand: its sender is a machine, and its matter for a person."""
    if _LEGAL.search(said):
        return True
    told = _NO_ILL.sub(" ", said)
    if _OVER.search(told) and not _NOT_OVER.search(told):
        return False
    return bool(_DEMANDS.search(told) or _DANGER.search(told) or _ILL.search(told) or _ALARM.search(subject))


def signs(subject: str, said: str) -> Mapping[str, float]:
    """Say which signs of an ill, or of its end, are in a notice, for a reader that weighs them."""
    told = {"wants": wants(said), "serious": is_serious(subject, said), "lists": lists(said)}
    return {**told, "over": bool(_OVER.search(said)), "not over": bool(_NOT_OVER.search(said)), "no ill": bool(_NO_ILL.search(said))}
