-- Replaces the sold marks by what the database said, corrected by what has changed since it was asked.
--
-- KEYS  1 sold marks, 2 marks being loaded
-- ARGV  1 the id of the load, 2 ms until the marks are to be renewed, 3 ms to keep them at most, 4... sold seats,
--       each followed by its booking's id
-- reply 1, or 0 if the load is over or has been lost

if redis.call('HGET', KEYS[2], 'load') ~= ARGV[1] then
  return 0
end
local changes = redis.call('HGETALL', KEYS[2])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'renew_at', now + ARGV[2])
for i = 4, #ARGV, 2 do
  mark(KEYS[1], ARGV[i], ARGV[i + 1])
end
for i = 1, #changes, 2 do
  local seat, booking = string.match(changes[i], '(%S+) (%S+)')
  if seat then -- else it is the id of the load
    local change = changes[i + 1] == '1' and mark or unmark
    change(KEYS[1], seat, booking)
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('DEL', KEYS[2])
return 1
