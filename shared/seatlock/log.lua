-- What the scripts have in common that tell or read how a show's seats change.
--
-- Each entry of the log has a letter, as status.lua replies it, and the seats that have become so, with spaces between. A hold's
-- end changes a seat too, and nobody is there to note it: ends keeps when it comes, by the hold's seats with spaces between, and
-- whoever reads settles first. So the last entry of the log names a state of all seats.

-- note appends that the seats have become so. Without a log there is nothing to append to: its first reader begins one.
local function note(letter, seats)
  if #seats > 0 then
    redis.call('XADD', KEYS[2], 'NOMKSTREAM', 'MAXLEN', '~', LOG, '*', letter, table.concat(seats, ' '))
  end
end

-- settle notes the ends of holds that have come due. A few hundred at a time, because Lua can't unpack any number of them. When
-- memory is full it may still: what frees some comes first.
local function settle()
  repeat
    local due, seats, over = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 500), {}, {}
    if #due == 0 then
      return
    end
    for seat in string.gmatch(table.concat(due, ' '), '%S+') do
      seats[#seats + 1] = seat
    end
    local fields = redis.call('HMGET', KEYS[1], unpack(seats))
    for i, seat in ipairs(seats) do
      if letter(fields[i]) == 'A' then
        over[#over + 1] = seat
      end
    end
    redis.call('ZREM', KEYS[3], unpack(due))
    note('A', over)
  until #due < 500
end

-- version names the state that the log's last entry leaves. It is nil if there is no log.
local function version(epoch)
  local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
  return epoch and last and epoch .. '-' .. last[1] or nil
end

