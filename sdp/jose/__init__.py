"""JSON Web Signatures as the national APIs use them: RS256 with the certificate in `x5c`."""

from sdp.jose.signing import sign
from sdp.jose.strict_json import read_json
from sdp.jose.verifying import Verified, verify

__all__ = ["Verified", "read_json", "sign", "verify"]
