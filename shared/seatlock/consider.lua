-- Goes on where acquire.lua ends: with seats that are taken, or a user or an address that have been here before.

local values = redis.call('MGET', unpack(KEYS, 2)) -- both records, then the locks
local record, address, taken, together = values[1], values[2], {}, values[3]
for i = 3, #values do
  if values[i] or marks[i - 1] then
    taken[#taken + 1] = ARGV[i + 3]
  end
  if values[i] ~= together then
    together = false
  end
end

local userFull, addressFull = bucket(record), bucket(address)
local pause = wait(userFull, USER_PACE, USER_BURST)
if limited then
  pause = math.max(pause, wait(addressFull, ADDRESS_PACE, ADDRESS_BURST))
end
if pause > 0 then
  return {'RATE', userFull, addressFull, pause}
end
userFull = userFull + USER_PACE
addressFull = addressFull + ADDRESS_PACE

-- refuse counts the attempt and changes nothing else.
local function refuse(word, ...)
  if USER_PACE > 0 then
    keep(KEYS[2], userFull, rest(record))
  end
  if limited and ADDRESS_PACE > 0 then
    keep(KEYS[3], addressFull, rest(address))
  end
  return {word, userFull, addressFull, ...}
end

if now >= tonumber(ARGV[1]) then
  return refuse('BEGUN')
end

local user = string.match(ARGV[2], ':.*') -- as the value of each of their locks ends
local mine, kept, open, seats, first, last = {}, {}, 0, 0, math.huge, ends
for line, from, till, id, count, what in lines(record) do
  local till = tonumber(till)
  if till > now and what ~= 'released' then
    mine[#mine + 1], kept[#kept + 1] = line, {till, count}
    seats, last = seats + count, math.max(last, till)
    if isHeld(what) then
      open, first = open + 1, math.min(first, till)
      if together == id .. user then
        return refuse('HELD', line)
      end
    end
  elseif what == 'released' and tonumber(count) > now then
    mine[#mine + 1] = line
  elseif till > now - WINDOW then
    mine[#mine + 1] = from .. ' ' .. int(till) .. ' ' .. id .. ' ' .. count .. ' past\n'
  end
end
if #taken > 0 then
  return refuse('TAKEN', unpack(taken))
end
if open >= MOST_OPEN then
  return refuse('OPEN', first - now)
end
if seats + wanted > MOST_SEATS then
  return refuse('SEATS', freed(kept, seats + wanted - MOST_SEATS))
end
if used(record) > ROOM then
  return refuse('TIME', rested(record))
end

local others, near, count, longest = '', {}, 0, ends
if limited then
  for line, till, _, n in addressLines(address) do
    till = tonumber(till)
    if till > now then
      others, count, longest, near[#near + 1] = others .. line, count + n, math.max(longest, till), {till, n}
    end
  end
  if ADDRESS_SEATS > 0 and count + wanted > ADDRESS_SEATS then
    return refuse('ADDRESS', freed(near, count + wanted - ADDRESS_SEATS))
  end
end

shorten(mine)
for i = 4, #KEYS do
  redis.call('SET', KEYS[i], ARGV[2], 'PXAT', at)
end
redis.call('SET', KEYS[2], begun .. ' ' .. int(userFull) .. '\n' .. table.concat(mine) .. begun .. ' ' .. at .. ' ' .. ARGV[3] .. ' ' ..
  ARGV[4] .. '\n', 'PX', int(last - now + WINDOW))
if limited then
  redis.call('SET', KEYS[3], begun .. ' ' .. int(addressFull) .. '\n' .. others .. at .. ' ' .. ARGV[3] .. '\n', 'PX',
    int(math.max(longest - now, addressFull)))
end
return {'OK', userFull, addressFull, ends}
