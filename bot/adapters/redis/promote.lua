-- Queue the jobs whose deadline has come, each once. KEYS 1 jobs, 2 deadlines; ARGV 1 how many at most.
-- Returns {the store's time in ms, how many}.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, job in ipairs(due) do
  local kind, id = string.match(job, '^(%S+) (.*)$')
  redis.call('XADD', KEYS[1], '*', 'kind', kind, 'id', id, 'times', '0')
  redis.call('ZREM', KEYS[2], job)
end
return {now, #due}
