"""What maintainers run on the project: bill of materials and audit of dependencies."""
