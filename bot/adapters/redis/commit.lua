-- One commit: the guards in their order, then everything, or nothing at all. It knows no state names.
--
-- KEYS  1 record, 2 trail, 3 jobs, 4 deadlines, 5 waiting drawings, 6 versions to draw, 7 chains by their last
--       change; then those of the plan
-- ARGV  1 the plan (JSON; it names further keys by their place in KEYS), 2 the record's data, 3... audit entries
-- Returns {the store's time in ms, verdict, holder}.

local plan = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local record, trail, jobs, deadlines, waiting, versions, chains = unpack(KEYS, 1, 7)
local entries = #ARGV > 2

local stored = redis.call('HMGET', record, 'version', 'head')
local version = tonumber(stored[1] or '0')

-- The reply of this very commit was lost and the caller asks again.
if plan.head ~= '' and version == plan.expected + 1 and stored[2] == plan.head then
  return {now, 'written', ''}
end

if plan.token then
  local first = redis.call('GET', KEYS[plan.token])
  if first then return {now, 'duplicate', first} end
end
if version ~= plan.expected then return {now, 'conflict', ''} end
if entries and version == 0 and redis.call('EXISTS', trail) == 1 then return {now, 'conflict', ''} end
for _, gone in ipairs(plan.drop) do
  if tonumber(redis.call('ZSCORE', chains, gone[3])) ~= gone[4] then return {now, 'conflict', ''} end
end
for _, seen in ipairs(plan.basis) do
  if tonumber(redis.call('HGET', KEYS[seen[1]], 'version') or '0') ~= seen[2] then return {now, 'moved', ''} end
end
if plan.before and now >= plan.before then return {now, 'late', ''} end
for _, slot in ipairs(plan.take) do
  local holder = redis.call('GET', KEYS[slot])
  if holder and holder ~= plan.id then return {now, 'taken', holder} end
end
for _, cap in ipairs(plan.caps) do
  if redis.call('ZCARD', KEYS[cap[1]]) >= cap[2] then return {now, 'full', ''} end
end

local head = plan.head ~= '' and plan.head or stored[2] or ''
redis.call('HSET', record, 'version', plan.expected + 1, 'data', ARGV[2], 'head', head)
for entry = 3, #ARGV do redis.call('RPUSH', trail, ARGV[entry]) end
local function keep(key, length)
  if length then redis.call('PEXPIRE', key, length) else redis.call('PERSIST', key) end
end
keep(record, plan.keep)
keep(trail, plan.keep_trail)

for _, gone in ipairs(plan.drop) do
  redis.call('DEL', KEYS[gone[1]], KEYS[gone[2]])
  redis.call('ZREM', chains, gone[3])
end
-- Each change has a place of its own in the order, whatever the clock does.
if entries then
  local newest = redis.call('ZRANGE', chains, -1, -1, 'WITHSCORES')[2]
  redis.call('ZADD', chains, math.max(now, (tonumber(newest) or 0) + 1), plan.chain)
end

-- What goes, goes first, so that a commit may replace a member or a deadline of its own.
for _, slot in ipairs(plan.free) do
  if redis.call('GET', KEYS[slot]) == plan.id then redis.call('DEL', KEYS[slot]) end
end
for _, slot in ipairs(plan.take) do redis.call('SET', KEYS[slot], plan.id) end
for _, index in ipairs(plan.unindex) do redis.call('ZREM', KEYS[index], plan.id) end
for _, index in ipairs(plan.index) do redis.call('ZADD', KEYS[index[1]], index[2], plan.id) end
for _, job in ipairs(plan.cancel) do redis.call('ZREM', deadlines, job) end
for _, due in ipairs(plan.due) do redis.call('ZADD', deadlines, due[1], due[2]) end
for _, job in ipairs(plan.jobs) do redis.call('XADD', jobs, '*', 'kind', job[1], 'id', job[2], 'times', '0') end

if plan.redraw then
  redis.call('HSET', versions, plan.id, plan.expected + 1)
  redis.call('ZADD', waiting, 'NX', now + plan.redraw, plan.id)
end
if plan.token then redis.call('SET', KEYS[plan.token], plan.id, 'PX', plan.remember) end
return {now, 'written', ''}
