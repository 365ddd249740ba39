-- Finds a reservation that hasn't ended. A line outlives its reservation while a later one is open.
--
-- KEYS  1 the user's reservations
-- ARGV  1 the reservation's id
-- reply its line, or nil

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
for line, ends, id in string.gmatch(redis.call('GET', KEYS[1]) or '', '((%d+) (%S+) [^\n]*\n)') do
  if id == ARGV[1] and tonumber(ends) > now then
    return line
  end
end
return nil
