"""House rules as code: each is a function from a parsed file to what breaks it.

`python -m tools.lint` runs them all over the project. A rule's docstring states what went wrong
where the rule was missing.
"""
