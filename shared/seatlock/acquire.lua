-- Takes all seats or none. This file deals with a user and an address that haven't been here lately and seats that are free;
-- consider.lua goes on with all others.
--
-- KEYS  1 sold marks, 2 the user's record, 3 the address's record, 4... a lock for each seat
-- ARGV  1 when the show begins, in ms since 1970, 2 the new reservation's id, 3 the user's id,
--       4 what to keep of the reservation, 5 whether the address is limited: 1 or 0, 6... seats
-- reply MISSING | OVERDUE   the sold marks have to be loaded first
--       what follows has two numbers after its first word: ms until the bucket of the user, and of the address, is full
--       RATE ms             until the next attempt; this one wasn't counted
--       BEGUN               the show has
--       HELD line           by this user, all of these seats in this one reservation
--       TAKEN seats...
--       OPEN | SEATS | TIME | ADDRESS ms   until the limit may allow it
--       OK ms               since 1970, when the reservation ends

local marks = redis.call('HMGET', KEYS[1], 'renew_at', unpack(ARGV, 6))
if not marks[1] then
  return {'MISSING'}
end
if now >= tonumber(marks[1]) then
  redis.call('HSET', KEYS[1], 'renew_at', now + RENEW_PAUSE) -- one caller renews them, the others go on meanwhile
  return {'OVERDUE'}
end

local values = redis.call('MGET', unpack(KEYS, 2)) -- both records, then the locks
local record, address, limited = values[1], values[2], ARGV[5] == '1'
local taken, together = {}, values[3]
for i = 3, #values do
  if values[i] or marks[i - 1] then
    taken[#taken + 1] = ARGV[i + 3]
  end
  if values[i] ~= together then
    together = false
  end
end

local wanted, ends = #KEYS - 3, now + HOLD
local count = string.format('%d', wanted)
local begun, at = string.format('%d', now), string.format('%d', ends) -- once: Lua would spell numbers out for each call

-- take makes the reservation and writes the records: buckets, older lines, and for how long each is kept. All are strings,
-- because making one of a number is what costs most here.
local function take(bucket, mine, mineFor, addressBucket, others, othersFor)
  local lock = ARGV[2] .. ':' .. ARGV[3]
  for i = 4, #KEYS do
    redis.call('SET', KEYS[i], lock, 'PXAT', at)
  end
  redis.call('SET', KEYS[2], begun .. ' ' .. bucket .. '\n' .. mine .. begun .. ' ' .. at .. ' ' .. ARGV[2] .. ' ' .. count ..
    ' ' .. ARGV[4] .. '\n', 'PX', mineFor)
  if limited then
    redis.call('SET', KEYS[3], begun .. ' ' .. addressBucket .. '\n' .. others .. at .. ' ' .. ARGV[2] .. ' ' .. count .. '\n',
      'PX', othersFor)
  end
end

if not record and not address and #taken == 0 and now < tonumber(ARGV[1]) and (ADDRESS_SEATS == 0 or wanted <= ADDRESS_SEATS) then
  take(USER_TEXT, '', FIRST_TEXT, ADDRESS_TEXT, '', HOLD_TEXT)
  return {'OK', USER_PACE, ADDRESS_PACE, ends}
end

