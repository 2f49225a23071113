"""CMS EnvelopedData, the encryption of a package: reader, writer, and DER for their heads."""
