-- For wrk: posts groups of alerts that nobody sent before, and prints what came of it as JSON.
--
--   wrk ... --script throughput.lua URL -- run=ID size=100 form=labo token=SECRET
--
-- run    a text that no other run uses: every alert's fingerprint begins with it
-- size   alerts a request
-- form   `labo` (a Grafana group) or `alertmanager` (the list that its API v2 takes)
-- token  sent as a bearer token; or
-- secret signs each body, HMAC-SHA256, by OpenSSL (`crypto` names the library) through LuaJIT's FFI
--
-- One body is written once in pieces; a request changes the fingerprints between them and joins.

local LABELS = '"alertname":"HighErrorRate","service":"service-%d","namespace":"shop",'
  .. '"severity":"critical","instance":"10.0.0.%d:9100"'
local REST = '"annotations":{"summary":"Many requests fail","description":"5xx ratio is 12 %"},'
  .. '"startsAt":"STARTS","endsAt":"ENDS",'
  .. '"generatorURL":"https://grafana.example.org/alerting/grafana/abc/view"'

local pieces, slots, sign = {}, {}, nil
local sent, run = 0, ""

local function options_of(args)
  local options = {}
  for _, arg in ipairs(args) do
    local name, value = arg:match("^(%w+)=(.*)$")
    options[name] = value
  end
  return options
end

local function add(...)
  for _, piece in ipairs({...}) do pieces[#pieces + 1] = piece end
end

local function add_alert(form, number)
  local labels = LABELS:format(number % 50, number % 250)
  -- A resolution that lies far ahead keeps an alert firing in Alertmanager; Grafana sends year 1.
  local ends = form == "labo" and "0001-01-01T00:00:00Z" or os.date("!%Y-%m-%dT23:59:59Z")
  local rest = REST:gsub("STARTS", os.date("!%Y-%m-%dT00:00:00Z")):gsub("ENDS", ends)
  if form == "labo" then
    add('{"status":"firing","labels":{' .. labels .. '},' .. rest .. ',"fingerprint":"')
    slots[#slots + 1] = #pieces + 1
    add("", '"}')
  else
    add('{"labels":{' .. labels .. ',"fingerprint":"')
    slots[#slots + 1] = #pieces + 1
    add("", '"},' .. rest .. '}')
  end
end

local function signer(secret, crypto)
  local ffi = require("ffi")
  ffi.cdef[[
    const void *EVP_sha256(void);
    unsigned char *HMAC(const void *md, const void *key, int key_length, const char *data,
                        size_t length, unsigned char *digest, unsigned int *digest_length);
  ]]
  local library = ffi.load(crypto)
  local digest = ffi.new("unsigned char[32]")
  local hex = {}
  for byte = 0, 255 do hex[byte] = ("%02x"):format(byte) end
  return function(body)
    library.HMAC(library.EVP_sha256(), secret, #secret, body, #body, digest, nil)
    local text = {}
    for i = 0, 31 do text[i + 1] = hex[digest[i]] end
    return table.concat(text)
  end
end

function init(args)
  local options = options_of(args)
  run = options.run
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  if options.token then wrk.headers["Authorization"] = "Bearer " .. options.token end
  if options.secret then sign = signer(options.secret, options.crypto) end
  add(options.form == "labo" and '{"version":"1","alerts":[' or "[")
  for number = 1, tonumber(options.size) do
    if number > 1 then add(",") end
    add_alert(options.form, number)
  end
  add(options.form == "labo" and "]}" or "]")
end

function request()
  sent = sent + 1
  for number, slot in ipairs(slots) do
    pieces[slot] = run .. "-" .. sent .. "-" .. number
  end
  local body = table.concat(pieces)
  if sign then wrk.headers["X-Grafana-Alerting-Signature"] = sign(body) end
  return wrk.format(nil, nil, nil, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(("\n{\"requests\":%d,\"seconds\":%.3f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
    .. "\"refused\":%d,\"broken\":%d}\n"):format(
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
