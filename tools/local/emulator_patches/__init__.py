"""Changes to MiniStack, one function each; docs/local.md says why each is there.

They run in MiniStack's own virtual environment and import nothing else of ours.
requirements/ministack.txt pins the version they were written for.
"""
