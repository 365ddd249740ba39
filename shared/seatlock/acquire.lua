-- Takes all seats or none. This file deals with a user, an address and seats of which nothing is known; consider.lua goes on
-- with all others.
--
-- KEYS  1 the show, 2 its log, 3 ends of holds
-- ARGV  1 when the show begins, in ms since 1970, 2 the new reservation's id, 3 how many seats it has and what to keep of it,
--       4 the field of the user's record, 5 that of the address's, or empty if it isn't limited, 6 how many of the seats are
--       wanted, 7 their line for the rule about single seats, with f for all others, or empty if there is no rule, 8 when the rule
--       ends, in ms since 1970, 9 of how many sold seats, 10 whether the line has all seats of its runs: 1 or 0, 11... the seats that
--       are wanted, then those of the line that aren't
-- reply MISSING | OVERDUE   the sold marks have to be loaded first
--       what follows has two numbers after its first word: ms until the bucket of the user, and of the address, is full
--       RATE ms             until the next attempt; this one wasn't counted
--       BEGUN               the show has
--       HELD line           by this user, all of these seats in this one reservation
--       TAKEN seats...
--       NEAR                the user holds other seats beside: the line has to have all seats of its runs; nothing was counted
--       ALONE line          the seats that would be left alone are in
--       OPEN | SEATS | TIME | ADDRESS ms   until the limit may allow it
--       OK ms               since 1970, when the reservation ends; after choose.lua also which choice it is

local fields = redis.call('HMGET', KEYS[1], 'renew_at', 'sold', ARGV[4], ARGV[5], unpack(ARGV, 11))
local why = unready(fields[1])
if why then
  return why
end

local limited, wanted, ends = ARGV[5] ~= '', tonumber(ARGV[6]), now + HOLD
local ruled = ARGV[7] ~= '' and now < tonumber(ARGV[8]) and tonumber(fields[2] or 0) < tonumber(ARGV[9])
-- These two are spelled out once: Lua would do it for each use, and making a string of a number is dear.
local begun, at = string.format('%d', now), string.format('%d', ends)
local user = string.sub(ARGV[4], 5) -- a colon and the user, as each of their holds ends
local hold = '@' .. at .. ' ' .. ARGV[2] .. user

local known = wanted == 0 -- there was no choice, which consider.lua refuses
for i = 3, ruled and #fields or 4 + wanted do
  known = known or fields[i]
end

if not known and now < tonumber(ARGV[1]) and (ADDRESS_SEATS == 0 or wanted <= ADDRESS_SEATS) and
  not (ruled and leavesSingle(ARGV[7])) then
  local all = {ARGV[4], begun .. USER_HEAD .. begun .. ' ' .. at .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. '\n'}
  if limited then
    all[3], all[4] = ARGV[5], begun .. ADDRESS_HEAD .. at .. ' ' .. ARGV[2] .. ' ' .. wanted .. '\n'
  end
  for i = 11, 10 + wanted do
    all[#all + 1], all[#all + 2] = ARGV[i], hold
  end
  redis.call('HSET', KEYS[1], unpack(all))
  local seats = table.concat(ARGV, ' ', 11, 10 + wanted)
  redis.call('ZADD', KEYS[3], at, seats)
  redis.call('XADD', KEYS[2], 'NOMKSTREAM', 'MAXLEN', '~', LOG, '*', 'H', seats)
  return {'OK', USER_PACE, ADDRESS_PACE, ends, ARGV[0]}
end
