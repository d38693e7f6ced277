"""The browser accepts the keys and policies that Python accepts, and refuses all others."""

from __future__ import annotations

from browser.checking import Checker, policy_text
from fuzz.proof_seeds import seeds
from indelible.errors import Unreadable
from indelible.tlog.keys import VerifierKey
from indelible.tlog.policy import read_policy
from support.notes import FIRST, LOG, SECOND
from support.proofs import POLICY
from unit.test_mangled_proofs import changes

_READ = """(all) => all.map((trust) => {
  try {
    return checker.readTrust(trust) !== null;
  } catch (error) {
    if (error instanceof checker.Unreadable) return false;
    throw error;
  }
})"""
KEY = f"log {LOG.key.text}"
WITNESSES = f"witness a {FIRST.witness_key.text}\nwitness b {SECOND.witness_key.text}\n"
POLICIES = [
    f"{KEY}\nquorum none\n",
    f"{KEY} https://log.example\nquorum none\n",
    f"{KEY} one two\nquorum none\n",
    f"{KEY}\nquorum none",
    f"{KEY}\r\nquorum none\r\n",
    f"# \u00fc\n\n \t{KEY}\t\nquorum none\n",
    f"#\x07\n{KEY}\nquorum none\n",
    f"{KEY}\n{KEY}\nquorum none\n",
    f"{KEY}\n",
    "quorum none\n",
    f"{KEY}\nquorum none\nquorum none\n",
    f"{KEY}\nquorum a\n",
    f"log {FIRST.witness_key.text}\nquorum none\n",
    f"witness a {LOG.key.text}\nquorum a\n",
    f"{WITNESSES}quorum b\n",
    f"{WITNESSES}group g 2 a b\nquorum g\n",
    f"{WITNESSES}group g 3 a b\nquorum g\n",
    f"{WITNESSES}group g 0 a b\nquorum g\n",
    f"{WITNESSES}group g 01 a b\nquorum g\n",
    f"{WITNESSES}group g any a a\nquorum g\n",
    f"{WITNESSES}group g all a b\ngroup h any a\nquorum g\n",
    f"{WITNESSES}group g all g\nquorum g\n",
    f"{WITNESSES}group none all a\nquorum none\n",
    f"{WITNESSES}group g all\nquorum a\n",
    f"{WITNESSES}group a all b\nquorum a\n",
    f"{WITNESSES}witness c {FIRST.witness_key.text}\nquorum c\n",
    f"{WITNESSES}Quorum a\n",
    f"{WITNESSES}quorum\u00a0a\n",
    f"{WITNESSES}quorum a b\n",
    "x" * 65_537 + "\n",
]
NAMES = [
    "plain", "with space", "two\u2003words", "a\ufeffb", "next\x85line", "\u00fc", "a+b", "", "a/b",
    "\U0001f680", "line\u2028", "\x7f", "\u200b",
]  # fmt: skip


def is_policy(text: str) -> bool:
    try:
        read_policy(text.encode())
    except Unreadable:
        return False
    return True


def is_key(text: str) -> bool:
    try:
        VerifierKey.read(text)
    except Unreadable:
        return False
    return True


def key_named(name: str) -> str:
    """A key of this name with an ID that fits, whether a key may have the name or not."""
    key = object.__new__(VerifierKey)
    for field, value in (("name", name), ("type", 1), ("public_key", LOG.key.public_key)):
        object.__setattr__(key, field, value)
    return key.text


def test_policies_are_read_as_python_reads_them(checker: Checker) -> None:
    whole = policy_text(POLICY).encode()
    mangled = [each.decode(errors="replace") for each in changes(whole)]
    corpus = [case.removeprefix(b"policy\n").decode() for name, case in seeds() if "policy" in name]
    texts = [*POLICIES, *mangled, *corpus]
    expected = [is_policy(each) for each in texts]
    assert {*expected[: len(POLICIES)]} == {True, False}
    assert checker.page.evaluate(_READ, [{"policy": each} for each in texts]) == expected


def test_keys_are_read_as_python_reads_them(checker: Checker) -> None:
    whole = LOG.key.text.encode()
    keys = [each.decode(errors="replace") for each in changes(whole)] + [*map(key_named, NAMES)]
    keys += [LOG.key.text, FIRST.witness_key.text, "", "+", "a+b", "a+b+", LOG.key.text + "\n"]
    expected = [is_key(each) for each in keys]
    assert sum(expected) > 3
    assert checker.page.evaluate(_READ, [{"keys": [each]} for each in keys]) == expected
