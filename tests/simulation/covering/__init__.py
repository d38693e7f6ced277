"""The fault simulator of covering: real runs on doubles of all that they work with.

docs/simulation.md says what is simulated and what is checked.
"""
