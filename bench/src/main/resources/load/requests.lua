-- Sends each request with the next token of a file; prints one line of figures when done.
-- Arguments: method, target, body bytes, token file.
local requests, index

function init(args)
  local method, target, body_bytes, token_file = args[1], args[2], tonumber(args[3]), args[4]
  local body = body_bytes > 0 and string.rep("x", body_bytes) or nil
  requests, index = {}, 0
  for token in io.lines(token_file) do
    requests[#requests + 1] = wrk.format(method, target, { ["Host"] = "load.test", ["Authorization"] = "Bearer " .. token }, body)
    if body and #requests == 64 then break end
  end
end

function request()
  index = index % #requests + 1
  return requests[index]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("FIGURES %d %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(90), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, summary.bytes))
end
