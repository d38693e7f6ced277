"""Writes docs/cost.md and docs/capacity.md from measured sizes, list prices and quotas."""
