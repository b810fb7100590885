"""An operator's day: what the API answers, as tables, sentences and JSON; reads no graph itself."""
