"""The same kind of incident hours later: `labo demo` feeds it second; NOTICE.md has its origin."""
