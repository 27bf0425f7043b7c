-- Records as of one moment. KEYS are records; returns {the store's time in ms, {version, data, head} or nil, ...}.

local time = redis.call('TIME')
local answer = {time[1] * 1000 + math.floor(time[2] / 1000)}
for place, key in ipairs(KEYS) do
  local stored = redis.call('HMGET', key, 'version', 'data', 'head')
  answer[place + 1] = stored[1] and stored
end
return answer
