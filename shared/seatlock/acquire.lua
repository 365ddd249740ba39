-- Takes all seats or none. This file deals with a user and an address that haven't been here lately and seats that are free;
-- consider.lua goes on with all others.
--
-- KEYS  1 sold marks, 2 the user's record, 3 the address's record, 4... a lock for each seat
-- ARGV  1 when the show begins, in ms since 1970, 2 the locks' value, 3 the new reservation's id and how many seats it has,
--       4 what to keep of it, 5 whether the address is limited: 1 or 0, 6... seats
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

local limited, wanted, ends = ARGV[5] == '1', #KEYS - 3, now + HOLD
-- These two are spelled out once: Lua would do it for each call, and making a string of a number is what costs most here.
local begun, at = string.format('%d', now), string.format('%d', ends)

local sold = false
for i = 2, #marks do
  sold = sold or marks[i]
end

if not sold and redis.call('EXISTS', unpack(KEYS, 2)) == 0 and now < tonumber(ARGV[1]) and
  (ADDRESS_SEATS == 0 or wanted <= ADDRESS_SEATS) then
  for i = 4, #KEYS do
    redis.call('SET', KEYS[i], ARGV[2], 'PXAT', at)
  end
  redis.call('SET', KEYS[2], begun .. USER_HEAD .. begun .. ' ' .. at .. ' ' .. ARGV[3] .. ' ' .. ARGV[4] .. '\n', 'PX', FIRST_TEXT)
  if limited then
    redis.call('SET', KEYS[3], begun .. ADDRESS_HEAD .. at .. ' ' .. ARGV[3] .. '\n', 'PX', HOLD_TEXT)
  end
  return {'OK', USER_PACE, ADDRESS_PACE, ends}
end
