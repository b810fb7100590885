"""Makes foreign text harmless, once for every edge: secrets blanked, hidden characters gone."""

from labo.domain.entities.masking.names import Secrecy, secrecy
from labo.domain.entities.masking.redaction import has_traces, redact, redact_value
from labo.domain.entities.masking.values import HIDDEN, hides
from labo.domain.entities.masking.visible import mask, storable, visible, visible_lines

__all__ = [
    "HIDDEN", "Secrecy", "has_traces", "hides", "mask", "redact", "redact_value", "secrecy",
    "storable", "visible", "visible_lines",
]  # fmt: skip
