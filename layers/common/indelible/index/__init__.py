"""The index: where in a chain to look. Derived from it, and never taken at its word."""
