-- A host's failures in a row, the pause they begin, and the one try after it.
--
-- KEYS 1 the host's state: failures, and until (the end of a pause or of a try)
-- ARGV 1 what to do, 2... as named at each act. Returns {the store's time in ms, ...}.

local state = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', state, 'failures', 'until')
local failures, ends = tonumber(known[1] or '0'), tonumber(known[2] or '0')
local FORGET = 600000

local act = {}

local function pause(length)
  redis.call('HSET', state, 'until', now + length)
  redis.call('PEXPIRE', state, length + FORGET)
end

function act.ask(trial, urgent)
  if ends == 0 then return {now, 0, 0, failures} end
  if ends > now and urgent ~= '1' then return {now, ends - now, 0, failures} end
  pause(tonumber(trial))
  return {now, 0, now + tonumber(trial), failures}
end

function act.well(trial)
  if ends == tonumber(trial) then redis.call('DEL', state) end
  return {now, 0}
end

function act.failed(trial, most, length)
  if ends ~= tonumber(trial) then return {now, 0} end
  failures = redis.call('HINCRBY', state, 'failures', 1)
  redis.call('PEXPIRE', state, FORGET)
  if ends == 0 and failures < tonumber(most) then return {now, 0} end
  pause(tonumber(length))
  return {now, 1}
end

return act[ARGV[1]](unpack(ARGV, 2))
