"""What all formats of C2SP share: text of whole lines, standard base64 and decimal numbers.

Each value has exactly one spelling here. With two, somebody could change the bytes of a signed file
without changing what it says.
"""

from __future__ import annotations

import binascii
import re

from ..errors import Unreadable

MAX_NUMBER = 2**63 - 1
"""Maximum size of a tree, index and time.

For times, tlog-cosignature sets it. Proofs about larger trees would have more than 63 hashes, which
is tlog-witness's limit.
"""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def read_text(data: bytes, most: int, what: str) -> str:
    """The text of at most `most` bytes, if it is UTF-8 and each line ends in a newline.

    Raises Unreadable otherwise, and for every ASCII control character but the newline.
    """
    if len(data) > most:
        raise Unreadable(f"{what} has {len(data):,} bytes; at most {most:,} are read")
    if not data.endswith(b"\n"):
        raise Unreadable(f"{what} does not end in a newline; it may be cut off")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{what} is not UTF-8 at byte {error.start}") from None
    if control := _CONTROL.search(text):
        code = ord(control[0])
        raise Unreadable(f"{what} has the control character 0x{code:02x}; lines end in 0x0a alone")
    return text


def to_base64(plain: bytes) -> str:
    """Standard base64 with padding (RFC 4648, section 4)."""
    return binascii.b2a_base64(plain, newline=False).decode()


def from_base64(text: str, what: str) -> bytes:
    """Decode what `to_base64` returned. Raises Unreadable for any other text."""
    try:
        plain = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:  # also the base class of binascii.Error and UnicodeEncodeError
        raise Unreadable(f"{what} is not base64") from None
    if to_base64(plain) != text:
        raise Unreadable(f"{what} is not base64 in its one spelling")
    return plain


def read_hash(text: str, what: str) -> bytes:
    """The 32 bytes of a SHA-256 hash in base64. Raises Unreadable."""
    digest = from_base64(text, what)
    if len(digest) != 32:  # noqa: PLR2004 - SHA-256
        raise Unreadable(f"{what} has {len(digest)} bytes and must have 32")
    return digest


def read_number(text: str, what: str) -> int:
    """A decimal number from 0 to MAX_NUMBER without leading zeros. Raises Unreadable."""
    if not _NUMBER.fullmatch(text) or int(text) > MAX_NUMBER:
        raise Unreadable(f"{what} is not a decimal number from 0 to 2^63-1 without leading zeros")
    return int(text)
