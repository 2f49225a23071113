"""Validators of what a sender sends, in code that made none of it.

Signatures are checked with libxmlsec, or on what libxml2 canonicalizes; packages with readers of
its own, asn1crypto and zipfile: never with the parts of this library that make or read them.
"""
