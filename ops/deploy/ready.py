"""Exits with 0 when the service beside it is ready: for probes, which do not know the token."""

import os
import sys
import urllib.request


def main() -> int:
    """Ask /readyz with the token of the environment."""
    request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PROOFDESK_PORT', '8000')}/readyz")
    if token := os.environ.get("PROOFDESK_API_TOKEN"):
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=3) as response:
            return 0 if response.status == 200 else 1
    except OSError as exc:  # refused, timed out, or any other status
        print(f"not ready: {exc}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
