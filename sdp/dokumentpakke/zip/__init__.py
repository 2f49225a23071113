"""ZIP container of a package: directory, strict reader, and single-pass writer."""
