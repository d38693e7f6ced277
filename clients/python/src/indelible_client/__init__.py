"""A client of Indelible."""
