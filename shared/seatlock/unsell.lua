-- Removes the sold marks of seats.
--
-- KEYS  1 sold marks, 2 marks being loaded
-- ARGV  seats

redis.call('HDEL', KEYS[1], unpack(ARGV))
if redis.call('EXISTS', KEYS[2]) == 1 then
  for _, seat in ipairs(ARGV) do
    redis.call('HSET', KEYS[2], seat, 0)
  end
end
return 1
