-- What the scripts that change sold marks have in common. A mark is the ids of the bookings that own the seat, each followed by a
-- space: nearly always one. Two bookings may both have a claim for a moment, because their words arrive in any order.

local function with(owners, booking)
  owners = owners or ''
  return string.find(owners, booking .. ' ', 1, true) and owners or owners .. booking .. ' '
end

local function without(owners, booking)
  local first, last = string.find(owners or '', booking .. ' ', 1, true)
  return first and string.sub(owners, 1, first - 1) .. string.sub(owners, last + 1) or owners or ''
end

local function mark(key, seat, booking)
  redis.call('HSET', key, seat, with(redis.call('HGET', key, seat), booking))
end

local function unmark(key, seat, booking)
  local owners = without(redis.call('HGET', key, seat), booking)
  if owners == '' then
    redis.call('HDEL', key, seat)
  else
    redis.call('HSET', key, seat, owners)
  end
end
