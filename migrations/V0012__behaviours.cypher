// Problems of one metric each become behaviours (ADR 0032). That takes more than Cypher: `labo
// migrate` does it (labo.services.causality.behaviours) before it records this version.
