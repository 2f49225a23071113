"""JSON Web Signatures as the national APIs use them: RSA, with the certificate in `x5c`."""

from sdp.jose.jws import Verified, sign, verify
from sdp.jose.strict_json import read_json

__all__ = ["Verified", "read_json", "sign", "verify"]
