"""The known log formats, a file each; no code."""
