"""The bundled policy: what is refused when an action is about to be executed."""
