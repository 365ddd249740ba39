-- Tells how seats stand, all at one moment.
--
-- KEYS  1 sold marks, 2... a lock for each seat
-- ARGV  1 ms until overdue marks are reported again, 2... seats
-- reply MISSING | OVERDUE   the sold marks have to be loaded first
--       OK letters          one for each seat: B booked, H held, A available

local marks = redis.call('HMGET', KEYS[1], 'renew_at', unpack(ARGV, 2))
if not marks[1] then
  return {'MISSING'}
end
if now >= tonumber(marks[1]) then
  redis.call('HSET', KEYS[1], 'renew_at', now + ARGV[1])
  return {'OVERDUE'}
end

local letters = {}
for i, holder in ipairs(redis.call('MGET', unpack(KEYS, 2))) do
  letters[i] = marks[i + 1] and 'B' or holder and 'H' or 'A'
end
return {'OK', table.concat(letters)}
