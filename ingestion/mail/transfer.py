"""Bytes in the letters that they travel in: base64 and uuencode, however broken."""

import base64
import binascii
import re


def unbase64(data: bytes) -> bytes:
    """Decode what there is: foreign characters are skipped, a padding ends it, an odd last character is dropped."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data.partition(b"=")[0])
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def uudecode(data: bytes) -> bytes:
    """Decode what there is; lines that cannot be are skipped."""
    decoded = bytearray()
    for line in data.splitlines():
        if not line or line.startswith((b"begin ", b"end")):
            continue
        try:
            decoded += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(decoded)
