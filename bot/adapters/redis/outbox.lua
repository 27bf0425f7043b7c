-- Which records wait to be drawn again, and who is drawing them.
--
-- KEYS 1 waiting (record by the time from which it is due), 2 the version to draw, and under its name with a ! that it
--      is to be drawn again, 3 holds ("until token"), 4 where a record was drawn (for place alone)
-- ARGV 1 what to do, 2 the drawer's token, 3... as named at each act. Returns {the store's time in ms, ...}.

local waiting, versions, holds = KEYS[1], KEYS[2], KEYS[3]
local token = ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function holder(id)
  local ends, owner = string.match(redis.call('HGET', holds, id) or '', '^(%d+) (.*)$')
  if ends and tonumber(ends) > now then return owner, tonumber(ends) end
end

local function take(id, length)
  local ends = now + math.max(1, length)
  redis.call('HSET', holds, id, string.format('%.0f %s', ends, token))
  redis.call('ZADD', waiting, 'XX', ends, id)
end

local act = {}

function act.due(limit, length)
  local answer = {now}
  repeat
    local batch = redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, limit + 1 - #answer)
    for _, id in ipairs(batch) do
      local owner, ends = holder(id)
      if owner then
        redis.call('ZADD', waiting, 'XX', ends, id)
      else
        take(id, tonumber(length))
        table.insert(answer, id)
      end
    end
  until #batch == 0 or #answer > tonumber(limit)
  return answer
end

function act.hold(id, length)
  local owner = holder(id)
  if owner and owner ~= token then return {now, 0} end
  take(id, tonumber(length))
  return {now, 1}
end

function act.settle(id, length, version)
  local owner, ends = holder(id)
  local newest = tonumber(redis.call('HGET', versions, id) or '0')
  if owner and owner ~= token then  -- drawn here meanwhile, perhaps over something newer: it has to look again
    redis.call('HSETNX', versions, id, version)
    redis.call('HSET', versions, id .. '!', 1)
    redis.call('ZADD', waiting, 'NX', ends, id)
    return {now, 1}
  end
  local again = redis.call('HDEL', versions, id .. '!') == 1 and owner == token
  if newest > tonumber(version) or again then
    take(id, tonumber(length))
    return {now, 0}
  end
  if owner ~= token then  -- drawn after its hold was over, perhaps over something newer: it is drawn again
    redis.call('HSETNX', versions, id, version)
    redis.call('ZADD', waiting, now, id)
    return {now, 1}
  end
  redis.call('ZREM', waiting, id)
  redis.call('HDEL', versions, id)
  redis.call('HDEL', holds, id)
  return {now, 1}
end

function act.place(id, keep, data)
  if holder(id) ~= token then return {now, 0} end
  redis.call('SET', KEYS[4], data, 'PX', keep)
  return {now, 1}
end

function act.postpone(id, delay)
  local owner = holder(id)
  if owner and owner ~= token then return {now, 0} end
  redis.call('HDEL', holds, id)
  redis.call('ZADD', waiting, now + tonumber(delay), id)
  return {now, 1}
end

return act[ARGV[1]](unpack(ARGV, 3))
