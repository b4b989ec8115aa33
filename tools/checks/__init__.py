"""What `make check` looks at. One file a check: `check(root) -> list[Problem]`, empty when all is well."""
