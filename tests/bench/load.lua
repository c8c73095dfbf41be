-- SPDX-License-Identifier: Apache-2.0
-- A script for wrk: read the pairs of a file before the clock starts, and send
-- them.
--
--   wrk -s load.lua URL -- FILE FROM COUNT once|cycle
--
-- The threads share the pairs FROM to FROM + COUNT - 1. With "once" each body is
-- sent only once. A thread without bodies sets "spent" and stops, because the
-- size of the file would limit the rate. wrk itself counts the answers: a Lua
-- function for each answer would cost more than the measured servers.

local threads = {}

function setup(thread)
	thread:set("id", #threads)
	table.insert(threads, thread)
end

function init(args)
	local from, count = tonumber(args[2]), tonumber(args[3])
	requests, at, spent = {}, 0, 0
	once = args[4] == "once"
	for line in io.lines(args[1]) do
		local n, mac, body = line:match("^(%d+) (%x+) (.*)$")
		n = tonumber(n)
		if n >= from + count then
			break
		end
		if n >= from and n % 2 == id then
			table.insert(requests, wrk.format("POST", nil, {
				["Content-Type"] = "application/json",
				["X-GitHub-Event"] = "pratique",
				["X-GitHub-Delivery"] = "bench-" .. n,
				["X-Hub-Signature-256"] = "sha256=" .. mac,
			}, body))
		end
	end
end

function request()
	at = at + 1
	if at > #requests then
		at = 1
		if once then
			spent = 1
			wrk.thread:stop()
		end
	end
	return requests[at]
end

function done(summary, latency, requests)
	local e, out = summary.errors, 0
	for _, t in ipairs(threads) do
		out = out + t:get("spent")
	end
	print(string.format("load: %d %d %d %.1f %d", summary.requests,
	    e.status, e.connect + e.read + e.write + e.timeout,
	    summary.requests / (summary.duration / 1000000), out))
end
