-- Removes a booking's marks. Those of other bookings of the same seats stay.
--
-- KEYS  1 sold marks, 2 marks being loaded
-- ARGV  1 the booking's id, 2... seats

local loading = redis.call('EXISTS', KEYS[2]) == 1
for i = 2, #ARGV do
  unmark(KEYS[1], ARGV[i], ARGV[1])
  if loading then
    redis.call('HSET', KEYS[2], ARGV[i] .. ' ' .. ARGV[1], 0)
  end
end
return 1
