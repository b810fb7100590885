"""Log files: followed, cut into lines, positions kept."""
