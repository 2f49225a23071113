"""Validators of what a sender sends, in code that made none of it.

Signatures are checked with signxml and libxmlsec, packages with asn1crypto and zipfile: never with
the parts of this library that make or read them.
"""
