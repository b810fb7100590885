"""Case folders: tables, traces and signatures as files."""
