"""Pure rules that turn events into occurrences, and occurrences into incidents.

`identity` determines the component and the problem of an event, `episodes` turns events into
occurrences, `grouping` turns occurrences into incidents.
"""
