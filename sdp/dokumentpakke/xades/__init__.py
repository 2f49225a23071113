"""XAdES signature of a package: writer, and verifier with its checks in order."""
