-- Finds a reservation that hasn't ended, or was released and would not have.
--
-- KEYS  1 the show
-- ARGV  1 the reservation's id, 2 whether the attempt counts: 1 or 0, 3 whether the address is limited: 1 or 0,
--       4 the field of the user's record, 5 that of the address's
-- reply starts with a word, and ms until the bucket of the user, and of the address, is full
--       RATE ms             until the next attempt; this one wasn't counted
--       NONE
--       FOUND line ms       for which the user may keep these seats unpaid from now on

local records = redis.call('HMGET', KEYS[1], ARGV[4], ARGV[5])
local record, address = records[1], records[2]
local userFull, addressFull = bucket(record), bucket(address)
if ARGV[2] == '1' then
  local limited = ARGV[3] == '1'
  local pause = wait(userFull, USER_PACE, USER_BURST)
  if limited then
    pause = math.max(pause, wait(addressFull, ADDRESS_PACE, ADDRESS_BURST))
  end
  if pause > 0 then
    return {'RATE', userFull, addressFull, pause}
  end
  if USER_PACE > 0 then
    userFull = userFull + USER_PACE
    keep(ARGV[4], userFull, rest(record))
  end
  if limited and ADDRESS_PACE > 0 then
    addressFull = addressFull + ADDRESS_PACE
    keep(ARGV[5], addressFull, rest(address))
  end
  write(redis.pcall)
end
for line, _, till, id, count, what in lines(record) do
  if id == ARGV[1] then
    local held = isHeld(what) and tonumber(till) > now
    if held or what == 'released' and tonumber(count) > now then
      return {'FOUND', userFull, addressFull, line, payWithin(record)}
    end
  end
end
return {'NONE', userFull, addressFull}
