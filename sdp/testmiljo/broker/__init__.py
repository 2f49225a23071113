"""The broker of the ebMS wire, over SOAP."""
