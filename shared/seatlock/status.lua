-- Tells how seats stand, all at one moment.
--
-- KEYS  1 the show
-- ARGV  1... seats
-- reply MISSING | OVERDUE   the sold marks have to be loaded first
--       OK letters          one for each seat: B booked, H held, A available

local fields = redis.call('HMGET', KEYS[1], 'renew_at', unpack(ARGV))
if not fields[1] then
  return {'MISSING'}
end
if now >= tonumber(fields[1]) then
  redis.call('HSET', KEYS[1], 'renew_at', now + RENEW_PAUSE)
  redis.call('PEXPIRE', KEYS[1], KEPT)
  return {'OVERDUE'}
end

local letters = {}
for i = 2, #fields do
  if not fields[i] then
    letters[i - 1] = 'A'
  else
    local owners, _, till = parts(fields[i])
    letters[i - 1] = owners ~= '' and 'B' or till > now and 'H' or 'A'
  end
end
return {'OK', table.concat(letters)}
