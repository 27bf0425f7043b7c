-- A record and its trail as of one moment. KEYS 1 record, 2 trail.
-- Returns {the store's time in ms, {version, data, head} or nil, audit entries}.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('HMGET', KEYS[1], 'version', 'data', 'head')
return {now, stored[1] and stored, redis.call('LRANGE', KEYS[2], 0, -1)}
