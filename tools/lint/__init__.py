"""House rules as code: sizes, names, constructs and registry hosts.

Each rule is a function from a parsed file to its violations; `python -m tools.lint` runs them
all over the project. A rule's docstring tells what went wrong where the rule was missing.
"""
