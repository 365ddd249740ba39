-- Removes a booking's marks. Those of other bookings of the same seats stay.
--
-- KEYS  1 the show, 2 its log, 3 ends of holds, 4 marks being loaded
-- ARGV  1 the booking's id, 2 the reservation's id, 3 the field of the user's record, 4 that of the address that reserved,
--       5... seats

local fields, loading = redis.call('HMGET', KEYS[1], unpack(ARGV, 3)), redis.call('EXISTS', KEYS[4]) == 1
local freed, held = {}, {}
for i = 3, #fields do
  local seat = ARGV[i + 2]
  local owners, hold = parts(fields[i])
  local left = without(owners, ARGV[1])
  if left ~= owners then
    put(seat, left .. hold)
    local become = letter(left .. hold)
    if become == 'A' then
      freed[#freed + 1] = seat
    elseif become == 'H' then
      held[#held + 1] = seat
    end
  end
  if loading then
    redis.call('HSET', KEYS[4], seat .. ' ' .. ARGV[1], 0)
  end
end

local record, text, ended = fields[1], '', false
for line, from, till, id, _, what in lines(record) do
  if what == 'paying:' .. ARGV[1] then -- else its user holds the seats still, or again
    ended = true
    line = from .. ' ' .. int(math.min(tonumber(till), now)) .. ' ' .. id .. ' 0 past\n'
  end
  text = text .. line
end
if ended then
  keep(ARGV[3], bucket(record), text)
  leave(ARGV[4], fields[2], ARGV[2])
end
write(redis.call)
note('A', freed)
note('H', held)
return 1
