-- Hand over jobs whose lease has run out, and forget consumers that have long gone.
--
-- KEYS 1 jobs; ARGV 1 group, 2 consumer, 3 lease in ms, 4 how many at most, 5 idle ms after which to forget.
-- Returns {the store's time in ms, {entry, fields, times handed out of this entry}, ...}.

local jobs, group, consumer, lease, count = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local time = redis.call('TIME')
local answer = {time[1] * 1000 + math.floor(time[2] / 1000)}

local cursor = '0-0'
repeat
  local claimed = redis.pcall('XAUTOCLAIM', jobs, group, consumer, lease, cursor, 'COUNT', count + 1 - #answer)
  if claimed.err then
    if string.find(claimed.err, 'NOGROUP', 1, true) then return answer end
    return claimed
  end
  cursor = claimed[1]
  for _, entry in ipairs(claimed[2]) do
    local pending = redis.call('XPENDING', jobs, group, entry[1], entry[1], 1)[1]
    table.insert(answer, {entry[1], entry[2], pending[4]})
  end
until cursor == '0-0' or #answer > count

for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', jobs, group)) do
  local seen = {}
  for place = 1, #fields, 2 do seen[fields[place]] = fields[place + 1] end
  if seen.pending == 0 and seen.idle > tonumber(ARGV[5]) and seen.name ~= consumer then
    redis.call('XGROUP', 'DELCONSUMER', jobs, group, seen.name)
  end
end
return answer
