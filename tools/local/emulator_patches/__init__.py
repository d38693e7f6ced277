"""Changes to MiniStack, one function each. docs/local.md says why each is needed.

They run in MiniStack's own virtual environment and import nothing else of this project.
requirements/ministack.txt pins the version that they were written for.
"""
