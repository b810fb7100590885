"""From spans, log lines and points to series; decides nothing."""
