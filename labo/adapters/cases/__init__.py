"""Case folders as files: tables, traces and signatures, read and written."""
