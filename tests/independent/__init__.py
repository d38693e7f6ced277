"""Other people's programs check what we write, and we check what they write."""
