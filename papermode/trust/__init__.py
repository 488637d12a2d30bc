"""Who says so: keys and cards, signed page claims, signed manifests. The formats are in ``docs/claims.md``."""
