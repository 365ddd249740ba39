-- What the scripts have in common that deal with seats. A seat's field is the ids of the bookings that own it, each followed by
-- a space, and then its hold:
--
--   [booking ]... [@until reservation:user]
--
-- There is nearly always one booking. Two may both have a claim for a moment, because their words arrive in any order. A hold
-- that has ended counts as none. It stays until something else is written, or the marks are loaded.

-- parts returns what a field says of the bookings and of the hold, and the end and the holder of the hold.
local function parts(seat)
  local owners, hold = string.match(seat or '', '^([^@]*)(.*)$')
  local till, holder = string.match(hold, '^@(%d+) (.*)$')
  return owners, hold, tonumber(till) or 0, holder
end

-- letter is how a seat stands: B booked, H held, A available.
local function letter(seat)
  if not seat then
    return 'A'
  end
  local owners, _, till = parts(seat)
  return owners ~= '' and 'B' or till > now and 'H' or 'A'
end

local function with(owners, booking)
  owners = owners or ''
  return string.find(owners, booking .. ' ', 1, true) and owners or owners .. booking .. ' '
end

local function without(owners, booking)
  local first, last = string.find(owners or '', booking .. ' ', 1, true)
  return first and string.sub(owners, 1, first - 1) .. string.sub(owners, last + 1) or owners or ''
end
