"""Pure rules that turn events into occurrences, and occurrences into incidents.

`identity` says where an event belongs and which problem it names, `episodes` turns events into
occurrences, `grouping` turns occurrences into incidents.
"""
