"""Recipes: the blocks of docs/recipes.md, and the requests that their configurations make."""
