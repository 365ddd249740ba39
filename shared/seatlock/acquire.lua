-- Takes all seats or none.
--
-- KEYS  1 sold marks, 2 the user's reservations, 3... a lock for each seat
-- ARGV  1 hold in ms, 2 most open reservations, 3 ms until overdue marks are reported again,
--       4 the new reservation's id, 5 the user's id, 6 what to keep of the reservation, 7... seats
-- reply MISSING | OVERDUE   the sold marks have to be loaded first
--       HELD line           by this user, all of these seats in this one reservation
--       TAKEN seats...      nothing was changed
--       LIMIT ms            until the first of the user's open reservations ends
--       OK ms               since 1970, when the reservation ends

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local marks = redis.call('HMGET', KEYS[1], 'renew_at', unpack(ARGV, 7))
if not marks[1] then
  return {'MISSING'}
end
if now >= tonumber(marks[1]) then
  redis.call('HSET', KEYS[1], 'renew_at', now + ARGV[3]) -- one caller renews them, the others go on meanwhile
  return {'OVERDUE'}
end

local values = redis.call('MGET', unpack(KEYS, 2)) -- the user's reservations, then the locks
local taken, together = {'TAKEN'}, values[2]
for i = 2, #values do
  if values[i] or marks[i] then
    taken[#taken + 1] = ARGV[5 + i]
  end
  if values[i] ~= together then
    together = false
  end
end

local lines, open, first = '', 0, math.huge
if values[1] then
  for line, ends, id, kept in string.gmatch(values[1], '((%d+) (%S+) ([^\n]*)\n)') do
    ends = tonumber(ends)
    if ends > now then
      lines = lines .. line
      if kept ~= 'released' then
        open, first = open + 1, math.min(first, ends)
      end
      if together == id .. ':' .. ARGV[5] then
        return {'HELD', line}
      end
    end
  end
end
if #taken > 1 then
  return taken
end
if open >= tonumber(ARGV[2]) then
  return {'LIMIT', first - now}
end

local ends = now + ARGV[1]
local at = string.format('%.0f', ends) -- once: Lua would spell the number out for each call
local lock = ARGV[4] .. ':' .. ARGV[5]
for i = 3, #KEYS do
  redis.call('SET', KEYS[i], lock, 'PXAT', at)
end
redis.call('SET', KEYS[2], lines .. at .. ' ' .. ARGV[4] .. ' ' .. ARGV[6] .. '\n', 'PXAT', at)
return {'OK', ends}
