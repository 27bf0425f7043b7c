-- Which workers are at work: a sorted set of names by when they were last heard of.
--
-- KEYS 1 workers
-- ARGV 1 `beat` or `leave`, 2 the worker's name, 3 ms after which one that is not heard of is forgotten
-- Returns {the store's time in ms}.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if ARGV[1] == 'leave' then
  redis.call('ZREM', KEYS[1], ARGV[2])
else
  redis.call('ZADD', KEYS[1], now, ARGV[2])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]))
end
return {now}
