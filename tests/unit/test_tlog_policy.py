"""Policies: what C2SP's tlog-policy allows is read, and nothing else.

The cases are those of transparency-dev/formats, policy/tlog_policy_test.go, and some of our own.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.tlog.keys import COSIGNATURES, VerifierKey
from indelible.tlog.policy import MAX_POLICY_BYTES, Group, Policy, policy_of, read_policy
from support.notes import LOG, Signer
from support.published_notes import PETER_KEY

KEYS = [Signer(f"witness.example/{n}").witness_key for n in range(1, 7)]
W1, W2, W3, W4, W5, W6 = (each.text for each in KEYS)
L1 = LOG.key.text


def test_the_example_of_c2sp_is_read() -> None:
    policy = read_policy(
        f"""log {L1}

witness X1 {W1}
witness X2 {W2}
witness X3 {W3}
group X-witnesses 2 X1 X2 X3

witness Y1 {W4}
witness Y2 {W5}
witness Y3 {W6}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
""".encode()
    )
    assert policy == Policy(
        (LOG.key,),
        dict(zip(["X1", "X2", "X3", "Y1", "Y2", "Y3"], KEYS, strict=True)),
        {
            "X-witnesses": Group(2, ("X1", "X2", "X3")),
            "Y-witnesses": Group(1, ("Y1", "Y2", "Y3")),
            "X-and-Y": Group(2, ("X-witnesses", "Y-witnesses")),
        },
        "X-and-Y",
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"quorum none\n", []),
        (
            f"\n# comment\n\t # another\n\twitness \t w1  {W1}   https://w1/  \n\n  quorum\tw1\n",
            ["w1"],
        ),
        (f"log {L1} https://log.example/\nwitness w1 {W1}\nquorum w1\n", ["w1"]),
        (
            f"witness all {W1}\nwitness any {W2}\ngroup group 2 all any\nquorum group\n",
            ["all", "any"],
        ),
        (f"witness w1 {W1} #url\nquorum w1\n", ["w1"]),
        (f"witness # {W1}\nquorum #\n", ["#"]),
        (f"witness Zürich {W1}\nquorum Zürich\n", ["Zürich"]),
        (f"quorum none\nlog {L1}\nwitness w1 {W1}\n", ["w1"]),
        ("quorum none", None),
        (f"witness w1 {W1}\nquorum w1", None),
    ],
)
def test_what_the_format_allows_is_read(text: str | bytes, names: list[str] | None) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    if names is None:  # formats reads it; the specification has a newline after each line
        with pytest.raises(Unreadable, match="cut off"):
            read_policy(data)
    else:
        assert list(read_policy(data).witnesses) == names


def test_names_are_bytes_that_need_not_be_utf_8() -> None:
    kelvin, letter = "\u212a".encode(), b"K"
    lines = b"witness %s %s\nwitness %s-\x80 %s\ngroup g 2 %s %s-\x80\nquorum g\n"
    policy = read_policy(lines % (kelvin, W1.encode(), letter, W2.encode(), kelvin, letter))
    assert list(policy.witnesses) == ["\u212a", "K-\udc80"]
    with pytest.raises(Unreadable, match="no line above defines"):
        read_policy(b"witness %s %s\nquorum %s\n" % (kelvin, W1.encode(), letter))


WRONG_KEYS = [
    (f"log {W1}\nquorum none\n", "type 0x04"),
    (f"witness w1 {PETER_KEY}\nquorum w1\n", "type 0x01"),
    (f"witness w1 {W1[:-4]}\nquorum w1\n", "bytes"),
    ("log garbage\nquorum none\n", "no verifier key"),
    ("log log.example+00000000+AwEB\nquorum none\n", "type 0x03"),
    (f"log {L1}\nlog {L1} https://log.example/\nquorum none\n", "another line already"),
    (f"witness w1 {W1}\nwitness w2 {W1}\nquorum w1\n", "another line already"),
]


@pytest.mark.parametrize(("text", "why"), WRONG_KEYS)
def test_keys_of_another_type_or_twice_are_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_policy(text.encode())


def test_one_public_key_under_two_names_is_refused() -> None:
    impostor = VerifierKey("impostor.example", COSIGNATURES, KEYS[0].public_key).text
    with pytest.raises(Unreadable, match="line 2 of the policy: the public key of impostor"):
        read_policy(f"witness w1 {W1}\nwitness w2 {impostor}\nquorum w1\n".encode())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "cut off"),
        ("quorum none\n\x01\n", "octet 0x01"),
        ("quorum none\r\n", "octet 0x0d"),
        ("quorum none\x7f\n", "octet 0x7f"),
        ("quorum none\n\x0b\n", "octet 0x0b"),
        ("quorum\u00a0none\n", "no keyword"),
        ("quibble w1\nquorum none\n", "line 1 .* no keyword"),
        ("Quorum none\n", "no keyword"),
        ("log\nquorum none\n", "wrong number"),
        (f"log {L1} https://log.example # comment\nquorum none\n", "wrong number"),
        ("witness w1\nquorum none\n", "wrong number"),
        (f"witness w1 {W1} https://w1.example/ # comment\nquorum w1\n", "wrong number"),
        (f"witness none {W1}\nquorum none\n", "taken"),
        (f"witness w1 {W1}\nwitness w1 {W2}\nquorum w1\n", "line 2 .* taken"),
        (f"witness w1 {W1}\ngroup w1 any w1\nquorum w1\n", "taken"),
        (f"witness w1 {W1}\ngroup g any w1\nwitness g {W2}\nquorum g\n", "taken"),
        (f"witness w1 {W1}\ngroup none any w1\nquorum none\n", "taken"),
        (f"witness w1 {W1}\ngroup g\nquorum w1\n", "wrong number"),
        (f"witness w1 {W1}\ngroup g 1\nquorum w1\n", "wrong number"),
        (f"witness w1 {W1}\ngroup g 0 w1\nquorum g\n", "from 1 to 1"),
        (f"witness w1 {W1}\ngroup g 2 w1\nquorum g\n", "from 1 to 1"),
        (f"witness w1 {W1}\ngroup g -1 w1\nquorum g\n", "threshold is not"),
        (f"witness w1 {W1}\ngroup g 01 w1\nquorum g\n", "threshold is not"),
        (f"witness w1 {W1}\ngroup g ALL w1\nquorum g\n", "threshold is not"),
        (f"witness w1 {W1}\ngroup g any w2\nquorum g\n", "defines 'w2'"),
        (f"group g any w1\nwitness w1 {W1}\nquorum g\n", "line 1 .* defines 'w1'"),
        (f"witness w1 {W1}\ngroup g any none w1\nquorum g\n", "defines 'none'"),
        (f"witness w1 {W1}\ngroup g any g w1\nquorum g\n", "defines 'g'"),
        (f"witness w1 {W1}\ngroup g all w1 w1\nquorum g\n", "in a group already"),
        (
            f"witness w1 {W1}\nwitness w2 {W2}\ngroup g any w1 w2\ngroup h any w1\nquorum g\n",
            "line 4 .* in a group already",
        ),
        (f"witness w1 {W1}\n", "no line `quorum`"),
        (f"witness w1 {W1}\nquorum w1\nquorum w1\n", "quorum already"),
        ("quorum none\nquorum none\n", "quorum already"),
        ("quorum unknown\n", "defines 'unknown'"),
        (f"quorum w1\nwitness w1 {W1}\n", "line 1 .* defines 'w1'"),
        ("quorum\n", "wrong number"),
        (f"witness w1 {W1}\nquorum w1 w1\n", "wrong number"),
    ],
)
def test_what_the_format_does_not_allow_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_policy(text.encode())


def test_the_limit_of_complexity_that_every_reader_must_have_is_kept() -> None:
    """32 logs, 32 witnesses and 32 groups."""
    logs = [Signer(f"log.example/{n}").key for n in range(32)]
    witnesses = [Signer(f"w.example/{n}").witness_key for n in range(32)]
    lines = [f"log {each.text} https://{each.name}" for each in logs]
    lines += [f"witness w{n} {each.text}" for n, each in enumerate(witnesses)]
    lines += ["group g0 any w0", *(f"group g{n} all g{n - 1} w{n}" for n in range(1, 32))]
    policy = read_policy("\n".join([*lines, "quorum g31", ""]).encode())
    assert (len(policy.logs), len(policy.witnesses), len(policy.groups)) == (32, 32, 32)


def test_a_policy_that_is_too_long_is_refused() -> None:
    comment = b"#" * (MAX_POLICY_BYTES - len(b"quorum none\n\n"))
    assert read_policy(b"quorum none\n" + comment + b"\n") == Policy((), {}, {}, "none")
    with pytest.raises(Unreadable, match="at most 65,536"):
        read_policy(b"quorum none\n#" + comment + b"\n")


def test_a_single_key_is_a_policy_without_witnesses() -> None:
    assert policy_of(LOG.key) == read_policy(f"log {L1}\nquorum none\n".encode())


@given(st.binary())
def test_other_bytes_are_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_policy(data + b"\nquorum nobody\n")
