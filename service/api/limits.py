"""How often somebody may call: a bucket for each caller, which fills again by the minute."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CALLERS = 10_000  # remembered; who has not called for longest is forgotten first, and starts anew with a full bucket


class Limit:
    """So many calls a minute for each caller, up to half of them at once. 0 is no limit. For one event loop; it waits for nothing."""

    def __init__(self, per_minute: int, at_once: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._most = float(at_once or max(1, per_minute // 2))
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> float:
        """Take a call out of a caller's bucket; return 0, or the seconds until there is one in it."""
        if not self._rate:
            return 0.0
        left = self._now(caller)
        if left < 1:
            return (1 - left) / self._rate
        self._keep(caller, left - 1)
        return 0.0

    def wait(self, caller: str) -> float:
        """Return the seconds until a caller may call, 0 for now; nothing is taken."""
        return max(0.0, (1 - self._now(caller)) / self._rate) if self._rate else 0.0

    def _now(self, caller: str) -> float:
        left, at = self._left.get(caller, (self._most, self._clock()))
        return min(self._most, left + (self._clock() - at) * self._rate)

    def _keep(self, caller: str, left: float) -> None:
        self._left[caller] = left, self._clock()
        self._left.move_to_end(caller)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)


def caller(address: str) -> str:
    """Return the network that an address is counted with: itself, or its /64, of which one IPv6 host has all addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return address


def is_own(address: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
