"""What may be done, by whom: templates, migrations, policies."""
