"""Outbound: requests over HTTPS to addresses that somebody typed in, such as those of witnesses."""
