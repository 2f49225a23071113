"""Revocation status of certificates, by OCSP and revocation lists."""
