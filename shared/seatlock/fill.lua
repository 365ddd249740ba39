-- Replaces the sold marks by what the database said, corrected by what has changed since it was asked, and drops what is over:
-- fields don't expire by themselves. Begins the log if there is none, or there were no marks.
--
-- KEYS  1 the show, 2 its log, 3 ends of holds, 4 marks being loaded
-- ARGV  1 the id of the load, 2 ms until the marks are to be renewed, 3... sold seats, each followed by its booking's id
-- reply 1, or 0 if the load is over or has been lost

if redis.call('HGET', KEYS[4], 'load') ~= ARGV[1] then
  return 0
end
local sold, changes = {}, redis.call('HGETALL', KEYS[4])
for i = 3, #ARGV, 2 do
  sold[ARGV[i]] = with(sold[ARGV[i]], ARGV[i + 1])
end
for i = 1, #changes, 2 do
  local seat, booking = string.match(changes[i], '(%S+) (%S+)')
  if seat then -- else it is the id of the load
    local change = changes[i + 1] == '1' and with or without
    sold[seat] = change(sold[seat], booking)
  end
end

local count = 0 -- for the rule about single seats, which ends when most seats are sold
for _, owners in pairs(sold) do
  if owners ~= '' then
    count = count + 1
  end
end

-- isOver tells that a record says nothing any more: its bucket is full, and none of its lines counts.
local function isOver(field, record)
  if bucket(record) > 0 then
    return false
  end
  if string.find(field, 'user:', 1, true) == 1 then
    for _, _, till in lines(record) do
      if tonumber(till) > now - WINDOW then
        return false
      end
    end
    return true
  end
  for _, till in addressLines(record) do
    if tonumber(till) > now then
      return false
    end
  end
  return true
end

local function set(field, was, is)
  if is == '' and was ~= '' then
    redis.call('HDEL', KEYS[1], field)
  elseif is ~= was then
    redis.call('HSET', KEYS[1], field, is)
  end
end

-- The log begins with an entry of its own, so that the state before all changes has a version, and ends with a mark that never
-- comes due, so that it is there as long as the log.
local begins = redis.call('HEXISTS', KEYS[1], 'renew_at') == 0 or redis.call('XLEN', KEYS[2]) == 0
if begins then
  redis.call('DEL', KEYS[2], KEYS[3])
  redis.call('XADD', KEYS[2], '*', 'begins', '')
  redis.call('ZADD', KEYS[3], '+inf', '')
  redis.call('HSET', KEYS[1], 'log_epoch', string.sub(ARGV[1], 1, 8)) -- the load's id is random
else
  settle()
end

local changed = {A = {}, H = {}, B = {}}

-- seat sets a seat's field and remembers how that changes it.
local function seat(name, was, is)
  set(name, was, is)
  local become = letter(is)
  if begins then
    local _, _, till = parts(is)
    if till > 0 then
      redis.call('ZADD', KEYS[3], till, name)
    end
  elseif become ~= letter(was) then
    table.insert(changed[become], name)
  end
end

local old = redis.call('HGETALL', KEYS[1])
for i = 1, #old, 2 do
  local field, value = old[i], old[i + 1]
  if string.find(field, ':', 1, true) then -- a record
    set(field, value, isOver(field, value) and '' or value)
  elseif field ~= 'renew_at' and field ~= 'sold' and field ~= 'log_epoch' then
    local _, hold, till = parts(value)
    seat(field, value, (sold[field] or '') .. (till > now and hold or ''))
    sold[field] = nil
  end
end
for name, owners in pairs(sold) do
  seat(name, '', owners)
end
note('A', changed.A)
note('H', changed.H)
note('B', changed.B)
redis.call('HSET', KEYS[1], 'sold', count)
redis.call('HSET', KEYS[1], 'renew_at', now + ARGV[2])
prolong()
redis.call('DEL', KEYS[4])
return 1
