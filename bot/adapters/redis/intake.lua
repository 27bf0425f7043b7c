-- Commands between their acknowledgement and their answer.
--
-- KEYS 1 the waiting (token by the time from which somebody should see to it), 2 what is known of them, 3 the mark
--      that a token was taken
-- ARGV 1 what to do, 2... as named at each act. Returns {the store's time in ms, ...}.

local waiting, commands, mark = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local act = {}

function act.take(token, person, channel, remember)
  if not redis.call('SET', mark, '1', 'NX', 'PX', remember) then return {now, 0} end
  local command = {token = token, person = person, channel = channel, at = now}
  redis.call('HSET', commands, token, cjson.encode(command))
  redis.call('ZADD', waiting, now, token)
  return {now, 1}
end

function act.renew(token)
  redis.call('ZADD', waiting, 'XX', now, token)
  return {now}
end

function act.answered(token)
  redis.call('ZREM', waiting, token)
  redis.call('HDEL', commands, token)
  return {now}
end

function act.orphans(older, hold, limit)
  local answer = {now}
  for _, token in ipairs(redis.call('ZRANGEBYSCORE', waiting, '-inf', now - older, 'LIMIT', 0, limit)) do
    local command = redis.call('HGET', commands, token)
    if command then
      redis.call('ZADD', waiting, 'XX', now - older + hold, token)
      table.insert(answer, command)
    else
      redis.call('ZREM', waiting, token)
    end
  end
  return answer
end

return act[ARGV[1]](unpack(ARGV, 2))
