-- Marks seats as sold to a booking and drops the reservation that they were bought with. While the booking isn't paid its
-- user still counts as keeping its seats off sale.
--
-- KEYS  1 sold marks, 2 marks being loaded, 3 the user's record, 4 the record of the address that reserved,
--       5... a lock for each seat
-- ARGV  1 the locks' value, 2 the reservation's id, 3 the booking's id, 4 whether it is paid: 1 or 0, 5... seats

local marked, loading = redis.call('EXISTS', KEYS[1]) == 1, redis.call('EXISTS', KEYS[2]) == 1
for i = 5, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
  end
  if marked then
    mark(KEYS[1], ARGV[i], ARGV[3])
  end
  if loading then
    redis.call('HSET', KEYS[2], ARGV[i] .. ' ' .. ARGV[3], 1)
  end
end

local record, paid, paying = redis.call('GET', KEYS[3]), ARGV[4] == '1', 'paying:' .. ARGV[3]
local text, till = '', not paid and now + payWithin(record) or nil

local function claimed(from) return from .. ' ' .. int(till) .. ' ' .. ARGV[2] .. ' ' .. #KEYS - 4 .. ' ' .. paying .. '\n' end

local found = paid
for line, from, ends, id, _, what in lines(record) do
  if id ~= ARGV[2] then
    text = text .. line
  elseif not paid then
    till, found = what == paying and tonumber(ends) or till, true -- the same may be said twice
    text = text .. claimed(from)
  end
end
if not found then
  text = text .. claimed(int(now))
end
keep(KEYS[3], bucket(record), text, till and till + WINDOW)
leave(KEYS[4], ARGV[2], till)
return 1
