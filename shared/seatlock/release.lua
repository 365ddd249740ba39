-- Drops a reservation and those of its holds that are still its own.
--
-- KEYS  1 the show, 2 its log, 3 ends of holds
-- ARGV  1 the reservation's id, 2 the field of the user's record, 3 that of the address that reserved, 4... seats

local fields = redis.call('HMGET', KEYS[1], unpack(ARGV, 2))
local record, mine, freed = fields[1], ARGV[1] .. string.sub(ARGV[2], 5), {}
for i = 3, #fields do
  local owners, _, _, holder = parts(fields[i])
  if holder == mine then
    put(ARGV[i + 1], owners)
    if letter(fields[i]) == 'H' then
      freed[#freed + 1] = ARGV[i + 1]
    end
  end
end

local text = ''
for line, from, till, id, count, what in lines(record) do
  if id == ARGV[1] and isHeld(what) and tonumber(till) > now then
    text = text .. from .. ' ' .. int(now) .. ' ' .. id .. ' ' .. till .. ' released\n'
  elseif what == 'released' and id ~= ARGV[1] then -- the newest release alone is remembered
    text = text .. from .. ' ' .. till .. ' ' .. id .. ' 0 past\n'
  else
    text = text .. line
  end
end
keep(ARGV[2], bucket(record), text)
leave(ARGV[3], fields[2], ARGV[1])
write(redis.pcall)
if #freed > 0 then
  redis.call('ZREM', KEYS[3], table.concat(ARGV, ' ', 4)) -- as it was acquired
  note('A', freed)
end
return 1
