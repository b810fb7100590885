// The vector index of one embedder over incidents; there already, it stays.
// The property is a placeholder: it cannot be a parameter, graph/memory.py puts the checked one in.
// access: write
// params: name, options
// returns: -
CREATE VECTOR INDEX $name IF NOT EXISTS
FOR (i:Incident) ON (i.embedding_name_0)
OPTIONS $options
