"""From events to incidents, as pure rules (design: graph model, life cycles).

`identity` says where an event belongs and which problem it names, `episodes` turns events into
occurrences, `grouping` turns occurrences into incidents.
"""
