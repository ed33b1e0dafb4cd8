"""What may be shown of an address that may hold a password: settings, errors, logs and run records all ask here.

Addresses are mistyped, so nothing is parsed: what stands where a secret may stand is replaced, and in doubt too much.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Final
from urllib.parse import quote, quote_plus

HIDDEN: Final = "***"
_SHORT: Final = 3
"""A secret of so few letters stands in many words."""
# A password may hold "/", "?" and "@" unescaped: of a database's or mail server's address all to the last @ is hidden.
_SERVER: Final = re.compile(
    r"\b([a-z0-9+.]*(?:postgres|sql|psycopg|smtp|mail|redis|mongo)[a-z0-9+.]*://)([^\s:@]*):(\S*)@", re.I
)
_WEB: Final = re.compile(r"\b([a-z][a-z0-9+.-]*://)([^\s:@/?#]*):([^\s@/?#]*)@", re.I)
_ALONE: Final = re.compile(r"\b(https?://)[^\s:@/?#]{16,}@", re.I)
# Slack, Teams, Discord and their like take a secret as the path.
_HOOK: Final = re.compile(
    r"\b(https?://[^\s/?#]*(?:hooks?|webhook)[^\s/?#]*/|https?://[^\s?#]*/(?:web)?hooks?/)[^\s'\"]+", re.I
)
_NAMED: Final = re.compile(
    r"((?<![a-z0-9])[a-z0-9_.-]*(?:passw|passwd|pwd|secret|token|api_?key|access_?key|signature|credential)[a-z0-9_.-]*)"
    r"(=|%3d)(?!\s)('[^']*'|[^\s&;#'\"]*)",
    re.I,
)


def hidden(text: str, *secrets: str) -> str:
    """The text with *** where passwords stand: of addresses, of `password=` and its like, and each of `secrets`.

    A secret is found as it is, percent-encoded, and in base64, as servers repeat what they were sent.
    """
    for secret in sorted((each for each in secrets if len(each) > _SHORT), key=len, reverse=True):
        for form in (secret, quote(secret, ""), quote_plus(secret), b64encode(secret.encode()).decode()):
            text = text.replace(form, HIDDEN)
    if "://" in text:
        text = _SERVER.sub(rf"\1\2:{HIDDEN}@", text)
        text = _WEB.sub(rf"\1\2:{HIDDEN}@", text)
        text = _ALONE.sub(rf"\1{HIDDEN}@", text)
        text = _HOOK.sub(rf"\1{HIDDEN}", text)
    return _NAMED.sub(rf"\1\2{HIDDEN}", text)
