-- Renew, finish, hand back or bury a job: for whoever it was handed to last, and nobody else.
--
-- KEYS 1 jobs, 2 dead letters; ARGV 1 what to do, 2 group, 3 consumer, 4 entry, 5 times, 6 why it is buried.
-- Returns {the store's time in ms, 1 if it was done or 0 if the job has gone to somebody else}.

local jobs, dead = KEYS[1], KEYS[2]
local act, group, consumer, entry, times = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local pending = redis.pcall('XPENDING', jobs, group, entry, entry, 1)
if pending.err and not string.find(pending.err, 'NOGROUP', 1, true) then return pending end
local found = redis.call('XRANGE', jobs, entry, entry)[1]
if pending.err or not pending[1] or not found then return {now, 0} end

local job = {}
for place = 1, #found[2], 2 do job[found[2][place]] = found[2][place + 1] end
if pending[1][2] ~= consumer or tonumber(job.times) + pending[1][4] ~= times then return {now, 0} end

if act == 'renew' then
  redis.call('XCLAIM', jobs, group, consumer, 0, entry, 'IDLE', 0, 'JUSTID')
  return {now, 1}
end
redis.call('XACK', jobs, group, entry)
redis.call('XDEL', jobs, entry)
if act == 'hand_back' then
  redis.call('XADD', jobs, '*', 'kind', job.kind, 'id', job.id, 'times', times)
elseif act == 'bury' then
  redis.call('XADD', dead, '*', 'kind', job.kind, 'id', job.id, 'times', times, 'why', ARGV[6])
end
return {now, 1}
