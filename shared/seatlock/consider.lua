
-- Goes on where acquire.lua ends: with seats of which something is known, or a user or an address that have been here before.

local record, address, taken, together = fields[3], fields[4], {}, nil
for i = 5, 4 + wanted do
  local owners, _, till, holder = parts(fields[i])
  local held = till > now
  if held or owners ~= '' then
    taken[#taken + 1] = ARGV[i + 6]
  end
  if together == nil then
    together = held and holder
  elseif not held or holder ~= together then
    together = false
  end
end

local line, near = ARGV[7], false
if ruled and #taken == 0 then
  line, near = asItIs(line, fields, 4 + wanted, user)
  if near and ARGV[10] == '0' then
    return {'NEAR'}
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
    keep(ARGV[4], userFull, rest(record))
  end
  if limited and ADDRESS_PACE > 0 then
    keep(ARGV[5], addressFull, rest(address))
  end
  write(redis.pcall)
  return {word, userFull, addressFull, ...}
end

if now >= tonumber(ARGV[1]) then
  return refuse('BEGUN')
end

local mine, kept, open, seats, first = {}, {}, 0, 0, math.huge
for line, from, till, id, count, what in lines(record) do
  local till = tonumber(till)
  if till > now and what ~= 'released' then
    mine[#mine + 1], kept[#kept + 1] = line, {till, count}
    seats = seats + count
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
if #taken > 0 or wanted == 0 then
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

local others, beside, count = '', {}, 0
if limited then
  for line, till, _, n in addressLines(address) do
    till = tonumber(till)
    if till > now then
      others, count, beside[#beside + 1] = others .. line, count + n, {till, n}
    end
  end
  if ADDRESS_SEATS > 0 and count + wanted > ADDRESS_SEATS then
    return refuse('ADDRESS', freed(beside, count + wanted - ADDRESS_SEATS))
  end
end

if ruled and leavesSingle(line) then
  return refuse('ALONE', line)
end

shorten(mine)
for i = 11, 10 + wanted do
  put(ARGV[i], hold)
end
keep(ARGV[4], userFull, table.concat(mine) .. begun .. ' ' .. at .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. '\n')
if limited then
  keep(ARGV[5], addressFull, others .. at .. ' ' .. ARGV[2] .. ' ' .. wanted .. '\n')
end
write(redis.call)
redis.call('ZADD', KEYS[3], at, table.concat(ARGV, ' ', 11, 10 + wanted))
note('H', {unpack(ARGV, 11, 10 + wanted)})
return {'OK', userFull, addressFull, ends, ARGV[0]}
