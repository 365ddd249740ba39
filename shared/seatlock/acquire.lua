-- Takes all seats or none.
--
-- KEYS  1 sold marks, 2 the user's open reservations, 3 the new reservation's record, 4... a lock for each seat
-- ARGV  1 hold in ms, 2 most open reservations, 3 ms until overdue marks are reported again,
--       4 the new reservation's id, 5 the user's id, 6 what to record, 7... seats
-- reply MISSING | OVERDUE      the sold marks have to be loaded first
--       HELD reservation id    by this user, all of these seats in this one reservation
--       TAKEN seats...         nothing was changed
--       LIMIT ms               until the first of the user's open reservations ends
--       OK ms                  since 1970, when the reservation ends

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

local holders = redis.call('MGET', unpack(KEYS, 4))
local taken, together = {'TAKEN'}, holders[1]
for i, holder in ipairs(holders) do
  if holder or marks[i + 1] then
    taken[#taken + 1] = ARGV[6 + i]
  end
  if holder ~= together then
    together = false
  end
end
if together then
  local colon = string.find(together, ':', 1, true)
  if string.sub(together, colon + 1) == ARGV[5] then
    return {'HELD', string.sub(together, 1, colon - 1)}
  end
end
if #taken > 1 then
  return taken
end

local most = tonumber(ARGV[2])
if redis.call('ZCARD', KEYS[2]) >= most then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= most then
    local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
    return {'LIMIT', first[2] - now}
  end
end

local ends = now + ARGV[1]
local lock = ARGV[4] .. ':' .. ARGV[5]
for i = 4, #KEYS do
  redis.call('SET', KEYS[i], lock, 'PXAT', ends)
end
redis.call('SET', KEYS[3], ends .. ' ' .. ARGV[6], 'PXAT', ends)
redis.call('ZADD', KEYS[2], ends, ARGV[4])
redis.call('PEXPIREAT', KEYS[2], ends)
return {'OK', ends}
