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

SIGNATURE = "X-Proofdesk-Signature"
DELIVERED, UNDELIVERED = "webhook delivered", "webhook not delivered"
MOST_TRIES = 8
FIRST_PAUSE = timedelta(seconds=2)  # doubled for every further try
TIMEOUT_S = 5.0

Post = Callable[[str, bytes, Mapping[str, str]], int]


class NotDelivered(Exception):
    """The webhook did not take an incident. The message says why."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a body, and return the status that came back. Raises NotDelivered."""
    try:
        return httpx2.post(url, content=body, headers=dict(headers), timeout=TIMEOUT_S, follow_redirects=False).status_code
    except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
        raise NotDelivered(f"{type(exc).__name__}: {exc}") from exc


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
    """Send every open incident that has not arrived and whose next try is due; return how many arrived.

    Tries are lines of the incident's timeline, so that a restart goes on where the process before it stopped.
    """
    if not url:
        return 0
    arrived = 0
    for case in incidents.listed(engine, open_only=True):
        if _is_due(case, now):
            arrived += _deliver(engine, case, url, secret, now, send)
    return arrived


def _is_due(case: Case, now: datetime) -> bool:
    if any(one.what == DELIVERED for one in case.timeline):
        return False
    tries = [one.at for one in case.timeline if one.what == UNDELIVERED]
    return not tries or (len(tries) < MOST_TRIES and now >= tries[-1] + FIRST_PAUSE * 2 ** (len(tries) - 1))


def _deliver(engine: Engine, case: Case, url: str, secret: str | None, now: datetime, send: Post) -> bool:
    body = json.dumps(message(case), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": case.id} | ({SIGNATURE: sign(secret, body, now)} if secret else {})
    try:
        status = send(url, body, headers)
    except NotDelivered as exc:
        incidents.tell(engine, case.id, now, UNDELIVERED, {"why": str(exc)})
        return False
    if not 200 <= status < 300:
        incidents.tell(engine, case.id, now, UNDELIVERED, {"why": f"status {status}"})
        return False
    incidents.tell(engine, case.id, now, DELIVERED, {"status": status})
    return True


def message(case: Case) -> dict[str, Any]:
    """Return what is sent about an incident: names and numbers, no email text."""
    return {
        "id": case.id, "kind": case.kind, "severity": case.severity, "title": case.title, "release": case.release, "runbook": case.runbook,
        "openedAt": case.opened_at.isoformat(),
        "timeline": [{"at": one.at.isoformat(), "what": one.what, **({"detail": one.detail} if one.detail else {})} for one in case.timeline],
    }  # fmt: skip
