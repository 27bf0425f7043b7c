-- How things stand. Reads counts and first members only, whatever the number of records.
--
-- KEYS 1 jobs, 2 deadlines, 3 dead letters, 4 versions to draw, 5 workers, 6... indexes to count
-- Returns {the store's time in ms, jobs, ms since the oldest of them came, dead letters, cards to draw,
--          workers (name, time of the last beat, ...), the count of each index...}.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local jobs, deadlines, dead, versions, workers = unpack(KEYS, 1, 5)

local oldest = now
local first = redis.call('XRANGE', jobs, '-', '+', 'COUNT', 1)[1]
if first then oldest = math.min(oldest, tonumber(string.match(first[1], '^(%d+)'))) end
local due = redis.call('ZRANGE', deadlines, 0, 0, 'WITHSCORES')
if due[2] then oldest = math.min(oldest, tonumber(due[2])) end

local count = redis.call('XLEN', jobs) + redis.call('ZCOUNT', deadlines, '-inf', now)
local answer = {
  now, count, now - oldest, redis.call('XLEN', dead), redis.call('HLEN', versions),
  redis.call('ZRANGE', workers, 0, -1, 'WITHSCORES'),
}
for index = 6, #KEYS do table.insert(answer, redis.call('ZCARD', KEYS[index])) end
return answer
