from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from strongroom.crypto.certificate_path import check_path, load_path
from tests.support.attestation import AUTHORITY, SIGNER, Form, Issued, issue, key_usage, new_authority

NOW = 1_700_000_000.0
CHAIN = new_authority(NOW).path
ROOT = CHAIN[0]
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
NO_AUTHORITY = x509.BasicConstraints(ca=False, path_length=None)


def check(*path: Issued, roots: tuple[Issued, ...] = (), after: float = 0) -> None:
    trusted = [root.certificate for root in roots or path[:1]]
    moment = datetime.fromtimestamp(NOW + after, UTC)
    check_path(load_path([issued.der for issued in path]), trusted, moment)


def path_with(root: Form = AUTHORITY, middle: Form = AUTHORITY, end: Form = SIGNER) -> tuple[Issued, ...]:
    first = issue("root", now=NOW, form=root)
    second = issue("authority", first, now=NOW, form=middle)
    return first, second, issue("end", second, now=NOW, form=end)


def test_a_path_like_that_of_aws_is_good() -> None:
    check(*CHAIN)
    check(*CHAIN, roots=(issue("another", now=NOW), ROOT))


def test_a_root_may_issue_the_end_itself() -> None:
    check(ROOT, issue("end", ROOT, now=NOW, form=SIGNER))


def test_further_extensions_do_not_matter() -> None:
    usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.4.1.99999.2")])
    check(*path_with(end=SIGNER._replace(extra=((UNKNOWN, False), (usage, True)))))


@pytest.mark.parametrize("roots", [(issue("aws.nitro-enclaves", now=NOW),), (CHAIN[1],)])
def test_a_root_that_is_not_configured_is_refused(roots: tuple[Issued, ...]) -> None:
    with pytest.raises(ValueError, match=r"^the root certificate is not trusted$"):
        check(*CHAIN, roots=roots)


def test_without_roots_nothing_is_trusted() -> None:
    with pytest.raises(ValueError, match=r"^the root certificate is not trusted$"):
        check_path([issued.certificate for issued in CHAIN], [], datetime.fromtimestamp(NOW, UTC))


@pytest.mark.parametrize(
    "path",
    [
        (ROOT, *CHAIN[2:]),
        (ROOT, CHAIN[2], CHAIN[1], *CHAIN[3:]),
        (ROOT, CHAIN[-1]),
        (ROOT, *CHAIN[1:-1], issue("stranger", issue("elsewhere", now=NOW), now=NOW, form=SIGNER)),
    ],
)
def test_a_path_with_a_gap_or_in_another_order_is_refused(path: tuple[Issued, ...]) -> None:
    with pytest.raises(ValueError, match="order of their issuers"):
        check(*path)


@pytest.mark.parametrize("path", [(ROOT, ROOT, *CHAIN[1:]), (ROOT, ROOT), (*CHAIN[:-1], CHAIN[1], CHAIN[-1])])
def test_a_certificate_given_twice_is_refused(path: tuple[Issued, ...]) -> None:
    with pytest.raises(ValueError, match="the same subject"):
        check(*path)


def test_a_certificate_signed_with_another_key_of_the_same_name_is_refused() -> None:
    impostor = issue("instance", CHAIN[2], now=NOW)
    with pytest.raises(ValueError, match=r"^the certificates are not valid$"):
        check(*CHAIN[:-1], issue("enclave", impostor, now=NOW, form=SIGNER))


@pytest.mark.parametrize("place", ["root", "middle", "end"])
@pytest.mark.parametrize("after", [-11, 11])
def test_all_certificates_must_be_valid_at_the_time(place: str, after: float) -> None:
    form = SIGNER if place == "end" else AUTHORITY
    path = path_with(**{place: form._replace(lifetime=timedelta(seconds=10))})
    check(*path)
    with pytest.raises(ValueError, match=r"^the certificates are not valid$"):
        check(*path, after=after)


@pytest.mark.parametrize(
    ("place", "form"),
    [
        ("root", AUTHORITY.with_path_length(0)),
        ("root", AUTHORITY._replace(constraints=NO_AUTHORITY)),
        ("root", AUTHORITY._replace(usage=key_usage("digital_signature"))),
        ("middle", AUTHORITY._replace(constraints=NO_AUTHORITY)),
        ("middle", AUTHORITY._replace(usage=key_usage("digital_signature", "crl_sign"))),
        ("middle", AUTHORITY._replace(extra=((UNKNOWN, True),))),
        ("middle", AUTHORITY._replace(curve=ec.SECP256K1())),
        ("end", SIGNER._replace(constraints=AUTHORITY.constraints)),
        ("end", SIGNER._replace(usage=key_usage("key_agreement"))),
        ("end", SIGNER._replace(usage=key_usage("digital_signature", "key_cert_sign"))),
        ("end", SIGNER._replace(extra=((UNKNOWN, True),))),
    ],
)
def test_certificates_are_good_for_their_place_only(place: str, form: Form) -> None:
    with pytest.raises(ValueError, match=r"^the certificates are not valid$"):
        check(*path_with(**{place: form}))


@pytest.mark.parametrize("place", [1, 2])
def test_no_authority_has_more_below_it_than_its_path_length(place: int) -> None:
    path = [ROOT]
    for number in range(3):
        form = AUTHORITY.with_path_length(2 - place) if number + 1 == place else AUTHORITY
        path.append(issue(f"authority {number}", path[-1], now=NOW, form=form))
    check(*path[:-1], issue("end", path[-2], now=NOW, form=SIGNER))
    with pytest.raises(ValueError, match=r"^the certificates are not valid$"):
        check(*path, issue("end", path[-1], now=NOW, form=SIGNER))


def changed(der: bytes, old: bytes, new: bytes) -> bytes:
    assert der.count(old) == 1
    return der.replace(old, new)


VERSION_3 = b"\xa0\x03\x02\x01\x02"


@pytest.mark.parametrize(
    "der",
    [
        b"\0",
        ROOT.der[:-1],
        ROOT.der + b"\0",
        changed(ROOT.der, VERSION_3, b"\xa0\x03\x02\x01\x03"),
        # A negative serial number.
        ROOT.der[: ROOT.der.index(VERSION_3) + 7] + b"\x80" + ROOT.der[ROOT.der.index(VERSION_3) + 8 :],
    ],
)
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not a certificate in DER$"):
        load_path([ROOT.der, der])


def test_a_certificate_with_a_malformed_name_is_refused() -> None:
    end = issue("name", ROOT, now=NOW, form=SIGNER).der
    # A UTF8String that is not UTF-8.
    path = load_path([ROOT.der, changed(end, b"\x0c\x04name", b"\x0c\x04\xff\xff\xff\xff")])
    with pytest.raises(ValueError, match=r"^a certificate has a malformed name$"):
        check_path(path, [ROOT.certificate], datetime.fromtimestamp(NOW, UTC))


def test_an_extension_given_twice_is_refused() -> None:
    usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.4.1.99999.2")])
    end = issue("end", ROOT, now=NOW, form=SIGNER._replace(extra=((usage, False),))).der
    # The extended key usage becomes a second key usage.
    twice = changed(end, bytes.fromhex("0603551d25"), bytes.fromhex("0603551d0f"))
    with pytest.raises(ValueError, match=r"^the certificates are not valid$"):
        check_path(load_path([ROOT.der, twice]), [ROOT.certificate], datetime.fromtimestamp(NOW, UTC))


def test_long_paths_are_not_read() -> None:
    assert len(load_path([ROOT.der] * 8)) == 8
    with pytest.raises(ValueError, match=r"^too many certificates$"):
        load_path([ROOT.der] * 9)
