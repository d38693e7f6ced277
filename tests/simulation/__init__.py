"""The fault simulator: the real handlers on doubles of AWS that fail on purpose.

docs/simulation.md says what is simulated, what is checked and how to replay a seed.
"""
