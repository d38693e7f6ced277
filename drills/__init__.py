"""Operations drills: docs/drills.md, rehearsed locally. `python -m drills NAME`."""
