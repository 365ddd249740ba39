-- Drops a reservation and those of its locks that are still its own.
--
-- KEYS  1 the user's record, 2 the record of the address that reserved, 3... a lock for each seat
-- ARGV  1 the locks' value, 2 the reservation's id

for i = 3, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
  end
end

local record = redis.call('GET', KEYS[1])
local text = ''
for line, from, till, id, count, what in lines(record) do
  if id == ARGV[2] and isHeld(what) and tonumber(till) > now then
    text = text .. from .. ' ' .. int(now) .. ' ' .. id .. ' ' .. till .. ' released\n'
  elseif what == 'released' and id ~= ARGV[2] then -- the newest release alone is remembered
    text = text .. from .. ' ' .. till .. ' ' .. id .. ' 0 past\n'
  else
    text = text .. line
  end
end
keep(KEYS[1], bucket(record), text)
leave(KEYS[2], ARGV[2])
return 1
