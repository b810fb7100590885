"""What is done to the streams in one step within Valkey or Redis (7 or newer).

They free memory, or are bounded themselves, and so run also when the server is full (`allow-oom`):
otherwise nothing that waits could leave it.
"""

from __future__ import annotations

DELETE = """#!lua flags=allow-oom
local freed = 0
for i = 2, #ARGV, 2 do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[i])
  redis.call('HDEL', KEYS[3], ARGV[i])
  if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then
    freed = freed + math.floor(tonumber(ARGV[i + 1]) or 0)
  end
end
redis.call('DECRBY', KEYS[2], freed)
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end
"""
"""KEYS: stream, its bytes, its attempts. ARGV: group, then id and bytes of each entry.

Bytes are given back with the entry that held them: one done twice, since it was claimed while it
was still at work, would let the bound drift away. An empty stream holds none, whatever was counted.
"""

DEAD_LETTER = """#!lua flags=allow-oom
redis.call('XADD', KEYS[1], '*', 'batch', ARGV[1], 'reason', ARGV[2], 'bytes', #ARGV[1])
local held = redis.call('INCRBY', KEYS[2], #ARGV[1])
while held > tonumber(ARGV[3]) do
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if not oldest then break end
  local bytes = 0
  for i = 1, #oldest[2], 2 do
    if oldest[2][i] == 'bytes' then bytes = math.floor(tonumber(oldest[2][i + 1]) or 0) end
  end
  redis.call('XDEL', KEYS[1], oldest[1])
  held = redis.call('DECRBY', KEYS[2], bytes)
end
redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[4])
"""
"""KEYS: the dead letters, their bytes. ARGV: payload, reason, bytes and number that are kept."""

ATTEMPT = """#!lua flags=allow-oom
return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
"""
"""KEYS: the stream's attempts. ARGV: the entry's id."""
