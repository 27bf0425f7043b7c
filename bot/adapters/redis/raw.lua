-- A record and its trail as of one moment, as they are, even where somebody put something else in their place.
--
-- KEYS 1 record, 2 trail. Returns {the store's time in ms, {version, data, head} or nil, audit entries}.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local stored = redis.call('EXISTS', KEYS[1]) == 1 and {'', '', ''}
if stored and redis.call('TYPE', KEYS[1]).ok == 'hash' then
  local found = redis.call('HMGET', KEYS[1], 'version', 'data', 'head')
  stored = {found[1] or '', found[2] or '', found[3] or ''}
end
local trail = redis.call('TYPE', KEYS[2]).ok
local entries = {}
if trail == 'list' then
  entries = redis.call('LRANGE', KEYS[2], 0, -1)
elseif trail ~= 'none' then
  entries = {''}
end
return {now, stored, entries}
