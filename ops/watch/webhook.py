"""Sends incidents to the webhook: signed, retried, and noted on the incident whether it arrived."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2
from sqlalchemy import Engine

from service.storage import incidents
from service.storage.incidents import Case
from service.text import plain

SIGNATURE = "X-Proofdesk-Signature"
DELIVERED, UNDELIVERED = "webhook delivered", "webhook not delivered"
GIVE_UP_AFTER = timedelta(days=1)
FIRST_PAUSE = timedelta(seconds=2)  # doubled for every further try
LONGEST_PAUSE = timedelta(hours=1)
TIMEOUT_S = 5.0
LONGEST_WORDS = 300

Post = Callable[[str, bytes, Mapping[str, str]], int]


class NotDelivered(Exception):
    """The webhook did not take an incident. The message says why."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a body, and return the status that came back. Raises NotDelivered, whatever it was."""
    try:
        return httpx2.post(url, content=body, headers=dict(headers), timeout=TIMEOUT_S, follow_redirects=False).status_code
    except httpx2.HTTPError as exc:
        raise NotDelivered(plain.line(f"{type(exc).__name__}: {exc}".replace(url, "the webhook"), LONGEST_WORDS)) from exc
    except Exception as exc:  # a proxy or a certificate that only a variable names, an address that is none: their words may hold a password
        raise NotDelivered(type(exc).__name__) from exc


def sign(secret: str, body: bytes, at: datetime) -> str:
    """Return the signature header: the moment, and the HMAC-SHA256 over moment and body, so that an old message cannot be sent again."""
    moment = str(int(at.timestamp()))
    return f"t={moment},v1={hmac.new(secret.encode(), f'{moment}.'.encode() + body, hashlib.sha256).hexdigest()}"


def is_signed(secret: str, body: bytes, header: str, now: datetime, tolerance_s: float = 300.0) -> bool:
    """Tell whether a header signs a body, and not too long ago: what a receiver should do."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    if not parts.get("t", "").isdigit() or abs(now.timestamp() - int(parts["t"])) > tolerance_s:
        return False
    expected = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts.get("v1", ""))


def deliver_due(engine: Engine, url: str | None, secret: str | None, now: datetime, send: Post = post) -> int:
    """Send every incident that is open or was in the last day and has not arrived, where its next try is due; return how many messages arrived.

    Tries are lines of the incident's timeline, so that a restart goes on where the process before it stopped. Of one incident `closed` goes out
    only when `opened` has arrived. A receiver that cannot be reached is left alone until the next look.
    """
    if not url:
        return 0
    arrived = 0
    for case in reversed(incidents.listed(engine, since=now - GIVE_UP_AFTER)):
        if _is_due(case, now):
            try:
                arrived += _deliver(engine, case, url, secret, now, send)
            except NotDelivered:
                break
    return arrived


def _event(case: Case) -> str | None:
    """Return what of an incident is to be sent next; None where all has arrived."""
    events = [incidents.OPENED, *([incidents.CLOSED] if case.closed_at else [])]
    arrived = sum(one.what == DELIVERED for one in case.timeline)
    return events[arrived] if arrived < len(events) else None


def _is_due(case: Case, now: datetime) -> bool:
    if _event(case) is None:
        return False
    told = [one for one in case.timeline if one.what in (DELIVERED, UNDELIVERED)]
    tries = [one.at for one in told[max((place + 1 for place, one in enumerate(told) if one.what == DELIVERED), default=0) :]]
    if tries and now - tries[0] > GIVE_UP_AFTER:
        return False
    return not tries or now >= tries[-1] + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(len(tries) - 1, 20))


def _deliver(engine: Engine, case: Case, url: str, secret: str | None, now: datetime, send: Post) -> bool:
    event = _event(case) or incidents.OPENED
    body = plain.escaped(json.dumps(message(case, event), ensure_ascii=False)).encode()
    key = case.id if event == incidents.OPENED else f"{case.id}:{event}"
    headers = {"Content-Type": "application/json", "Idempotency-Key": key} | ({SIGNATURE: sign(secret, body, now)} if secret else {})
    try:
        status = send(url, body, headers)
    except NotDelivered as exc:
        incidents.tell(engine, case.id, now, UNDELIVERED, {"why": str(exc)})
        raise
    if not 200 <= status < 300:
        incidents.tell(engine, case.id, now, UNDELIVERED, {"why": f"status {status}"})
        return False
    incidents.tell(engine, case.id, now, DELIVERED, {"status": status, "event": event})
    return True


def message(case: Case, event: str = incidents.OPENED) -> dict[str, Any]:
    """Return what is sent about an incident: names and numbers, no email text."""
    return {
        "event": event, "closedAt": case.closed_at.isoformat() if case.closed_at else None, "id": case.id, "kind": case.kind, "severity": case.severity, "title": case.title, "release": case.release, "runbook": case.runbook,
        "openedAt": case.opened_at.isoformat(),
        "timeline": [{"at": one.at.isoformat(), "what": one.what, **({"detail": one.detail} if one.detail else {})} for one in case.timeline],
    }  # fmt: skip
