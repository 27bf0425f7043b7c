-- Writes, for each number from ARGV[2] to ARGV[3], what the commits of one request's whole life leave behind.
--
-- ARGV 1 is the template (JSON): {ended, expires, record = {data, head}, trail = {entry...}, placed, keep}, in which
-- @i@, @p@ and @t@ stand for the id, the person and the target. Returns how many were written.

local template = cjson.decode(ARGV[1])
local tag, letters = '{countersign}:', 'abcdefghijklmnopqrstuvwxyz234567'

local function cut(text)
  local parts, from = {}, 1
  while true do
    local first, last, what = string.find(text, '@([ipt])@', from)
    if not first then break end
    parts[#parts + 1] = string.sub(text, from, first - 1)
    parts[#parts + 1] = {what}
    from = last + 1
  end
  parts[#parts + 1] = string.sub(text, from)
  return parts
end

local function put(parts, with)
  if #parts == 1 then return parts[1] end
  local said = {}
  for place, part in ipairs(parts) do said[place] = type(part) == 'table' and with[part[1]] or part end
  return table.concat(said)
end

local data, head, placed = cut(template.record.data), template.record.head, cut(template.placed)
local trail = {}
for place, entry in ipairs(template.trail) do trail[place] = cut(entry) end

local function id_of(number)
  local id = ''
  for _ = 1, 6 do
    local digit = number % 32
    id = string.sub(letters, digit + 1, digit + 1) .. id
    number = (number - digit) / 32
  end
  return 'cs-' .. id
end

for number = tonumber(ARGV[2]), tonumber(ARGV[3]) do
  local id, person = id_of(number), string.format('U%011d', math.floor(number / 10))
  local with = {i = id, p = person, t = string.format('%08d', number)}
  local record, entries = tag .. 'record:change:' .. id, tag .. 'trail:change:' .. id
  redis.call('HSET', record, 'version', #trail, 'data', put(data, with), 'head', head)
  local said = {}
  for place, entry in ipairs(trail) do said[place] = put(entry, with) end
  redis.call('RPUSH', entries, unpack(said))
  redis.call('SET', tag .. 'placed:' .. id, put(placed, with), 'PX', template.keep)
  if template.ended then
    redis.call('PEXPIRE', record, template.keep)
    redis.call('PEXPIRE', entries, template.keep)
  else
    redis.call('SET', tag .. 'slot:' .. put(cut(template.slot), with), id)
    redis.call('ZADD', tag .. 'index:pending', template.expires + number, id)
    redis.call('ZADD', tag .. 'index:active', template.created + number, id)
    redis.call('ZADD', tag .. 'index:by:' .. person, template.created + number, id)
    redis.call('ZADD', tag .. 'deadlines', template.expires + number, 'expire ' .. id)
  end
end
return tonumber(ARGV[3]) - tonumber(ARGV[2]) + 1
