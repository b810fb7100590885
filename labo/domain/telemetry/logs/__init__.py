"""From log lines to records, errors and templates; performs no I/O."""
