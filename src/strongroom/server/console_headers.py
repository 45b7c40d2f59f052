"""Header fields of all that the console is made of.

Sources: W3C Content Security Policy Level 3; Fetch Standard ("X-Content-Type-Options"); HTML Standard
("Cross-Origin-Opener-Policy"); W3C Referrer Policy.
"""

from typing import Final

Headers = tuple[tuple[str, str], ...]

# The components of the console set styles on elements.
_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_SECURITY: Final[Headers] = (
    ("Content-Security-Policy", _CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)

NOT_STORED: Final[Headers] = (("Cache-Control", "no-store"), *_SECURITY)
ASKED_AGAIN: Final[Headers] = (("Cache-Control", "no-cache"), *_SECURITY)
NEVER_CHANGES: Final[Headers] = (("Cache-Control", "public, max-age=31536000, immutable"), *_SECURITY)
