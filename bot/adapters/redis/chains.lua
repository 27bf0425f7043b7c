-- Chains in the order of their last changes.
--
-- KEYS 1 chains; ARGV 1 how many at most, 2 from when, 3 until when, 4 "newest" or "oldest" first.
-- Returns {the store's time in ms, chain, when it changed, ...}.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, since, ends = ARGV[1], ARGV[2], ARGV[3]
local found
if ARGV[4] == 'newest' then
  found = redis.call('ZREVRANGEBYSCORE', KEYS[1], ends, since, 'WITHSCORES', 'LIMIT', 0, limit)
else
  found = redis.call('ZRANGEBYSCORE', KEYS[1], since, ends, 'WITHSCORES', 'LIMIT', 0, limit)
end
return {now, unpack(found)}
