"""TLS: an untrusted certificate is refused, unless the source says it is known to be broken."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.crawler.conftest import rows, run, source


@pytest.fixture
def self_signed(site, tmp_path):
    """The test server behind a certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "guide.example.cn")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    site.wrap(context)
    site.page("/", "<p>x</p>")
    return site


def test_an_untrusted_certificate_is_refused(self_signed, tmp_path):
    report = run(tmp_path / "a.db", source(self_signed, follow=[]))
    assert rows(tmp_path / "a.db")["/"].outcome == "tls"
    assert report.sources[0].row.status == "failed"
    assert self_signed.requests == []


def test_the_exception_is_per_source_and_recorded(self_signed, tmp_path):
    report = run(tmp_path / "a.db", source(self_signed, follow=[], insecure_tls=True))
    assert rows(tmp_path / "a.db")["/"].outcome == "ok"
    assert '"insecure_tls":true' in report.sources[0].row.definition
