-- Removes a booking's marks. Those of other bookings of the same seats stay.
--
-- KEYS  1 sold marks, 2 marks being loaded, 3 the user's record, 4 the record of the address that reserved
-- ARGV  1 the booking's id, 2 the reservation's id, 3... seats

local loading = redis.call('EXISTS', KEYS[2]) == 1
for i = 3, #ARGV do
  unmark(KEYS[1], ARGV[i], ARGV[1])
  if loading then
    redis.call('HSET', KEYS[2], ARGV[i] .. ' ' .. ARGV[1], 0)
  end
end

local record, text, ended = redis.call('GET', KEYS[3]), '', false
for line, from, till, id, _, what in lines(record) do
  if what == 'paying:' .. ARGV[1] then -- else its user holds the seats still, or again
    ended = true
    line = from .. ' ' .. int(math.min(tonumber(till), now)) .. ' ' .. id .. ' 0 past\n'
  end
  text = text .. line
end
if ended then
  keep(KEYS[3], bucket(record), text)
  leave(KEYS[4], ARGV[2])
end
return 1
