-- Puts before acquire.lua the first of several choices that is free and keeps the rule about single seats, or the seats that the
-- user got when they asked for the same before. If there is neither, it puts the last choice there, which is then refused.
--
-- KEYS  1 the show
-- ARGV  as for acquire.lua from 1 to 10, where 3, 7 and 10 are empty; 11 the word that ends what is kept of the reservation,
--       then for each choice: what to keep of it, its line, how many seats of the line aren't wanted, the wanted seats, the others
-- reply as acquire.lua, and with OK also which of the choices it was

local given, request = ARGV, ARGV[11]
local known = redis.call('HMGET', KEYS[1], 'sold', ARGV[4])
local ruled, user = now < tonumber(ARGV[8]) and tonumber(known[1] or 0) < tonumber(ARGV[9]), string.sub(ARGV[4], 5)

-- choice is what acquire.lua is to be given.
local function choice(number, kept, line, wanted, seats)
  local made = {[0] = number, unpack(given, 1, 10)}
  made[3], made[6], made[7], made[10] = kept, wanted, line, '0'
  for i, seat in ipairs(seats) do
    made[10 + i] = seat
  end
  return made
end

-- again is the choice that the same request led to before, if it is held still.
local function again()
  for _, _, till, _, count, what in lines(known[2]) do
    if isHeld(what) and tonumber(till) > now and string.sub(what, -#request) == request then
      local seats = {}
      for seat in string.gmatch(what, ' (%S+) %u+ %d+') do
        seats[#seats + 1] = seat
      end
      return choice(0, '', '', count, seats)
    end
  end
end

-- suits tells whether a choice may be had, and not only if the whole row is looked at.
local function suits(line, wanted, seats)
  local fields = redis.call('HMGET', KEYS[1], unpack(seats))
  for i = 1, wanted do
    local owners, _, till = parts(fields[i])
    if owners ~= '' or till > now then
      return false
    end
  end
  if not ruled or line == '' then
    return true
  end
  local now, near = asItIs(line, fields, wanted, user)
  return not near and not leavesSingle(now)
end

local function first()
  local wanted, at, number, last = tonumber(ARGV[6]), 12, 0, choice(0, '', '', '0', {})
  while at <= #given do
    local kept, line, others = given[at], given[at + 1], tonumber(given[at + 2])
    local seats = {unpack(given, at + 3, at + 2 + wanted + others)}
    number, last = number + 1, choice(number + 1, kept .. request, line, ARGV[6], seats)
    if suits(line, wanted, seats) then
      break
    end
    at = at + 3 + wanted + others
  end
  return last
end

local ARGV = again() or first()
