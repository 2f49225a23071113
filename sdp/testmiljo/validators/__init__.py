"""What the environment checks, with code that made none of what it is given.

Signatures are checked with signxml and libxmlsec, packages with asn1crypto and zipfile: never with
the parts of this library that make or read them.
"""
