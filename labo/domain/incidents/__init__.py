"""From events to occurrences to incidents; knows no metric."""
