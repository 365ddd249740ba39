-- Tells how seats stand, all at one moment.
--
-- KEYS  1 the show, 2 its log, 3 ends of holds
-- ARGV  1... seats
-- reply MISSING | OVERDUE   the sold marks have to be loaded first
--       OK version letters  one letter for each seat: B booked, H held, A available

local fields = redis.call('HMGET', KEYS[1], 'renew_at', 'log_epoch', unpack(ARGV))
local why = unready(fields[1])
if why then
  return why
end
settle()
local at = version(fields[2])
if not at then
  return {'MISSING'} -- with the marks comes a log
end
local letters = {}
for i = 3, #fields do
  letters[i - 2] = letter(fields[i])
end
return {'OK', at, table.concat(letters)}
