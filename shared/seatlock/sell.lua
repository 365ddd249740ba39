-- Marks seats as sold to a booking and drops the reservation that they were bought with. While the booking isn't paid its
-- user still counts as keeping its seats off sale.
--
-- KEYS  1 the show, 2 its log, 3 ends of holds, 4 marks being loaded
-- ARGV  1 the reservation's id, 2 the booking's id, 3 whether it is paid: 1 or 0, 4 the field of the user's record, 5 that of
--       the address that reserved, 6... seats

local fields, loading = redis.call('HMGET', KEYS[1], 'renew_at', unpack(ARGV, 4)), redis.call('EXISTS', KEYS[4]) == 1
local marked, record, mine, sold = fields[1], fields[2], ARGV[1] .. string.sub(ARGV[4], 5), {}
for i = 4, #fields do
  local seat = ARGV[i + 2]
  local owners, hold, _, holder = parts(fields[i])
  if marked then
    if owners == '' then
      sold[#sold + 1] = seat
    end
    owners = with(owners, ARGV[2])
  end
  put(seat, holder == mine and owners or owners .. hold)
  if loading then
    redis.call('HSET', KEYS[4], seat .. ' ' .. ARGV[2], 1)
  end
end

local paid, paying = ARGV[3] == '1', 'paying:' .. ARGV[2]
local text, till = '', not paid and now + payWithin(record) or nil

local function claimed(from) return from .. ' ' .. int(till) .. ' ' .. ARGV[1] .. ' ' .. #ARGV - 5 .. ' ' .. paying .. '\n' end

local found = paid
for line, from, ends, id, _, what in lines(record) do
  if id ~= ARGV[1] then
    text = text .. line
  elseif not paid then
    till, found = what == paying and tonumber(ends) or till, true -- the same may be said twice
    text = text .. claimed(from)
  end
end
if not found then
  text = text .. claimed(int(now))
end
keep(ARGV[4], bucket(record), text)
leave(ARGV[5], fields[3], ARGV[1], till)
write(redis.call)
note('B', sold)
return 1
