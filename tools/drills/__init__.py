"""Operations drills: docs/drills.md, rehearsed locally. `python -m tools.drills NAME`."""
