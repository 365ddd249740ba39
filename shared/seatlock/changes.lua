-- Tells how seats have changed since a version.
--
-- KEYS  1 the show, 2 its log, 3 ends of holds
-- ARGV  1 the version's epoch, 2 its entry of the log, or - for the first that there is
-- reply MISSING | OVERDUE   the sold marks have to be loaded first
--       GONE                the log doesn't have that entry (any more)
--       OK entry [entry letter seats]...   that entry, and what the log has after it

local fields = redis.call('HMGET', KEYS[1], 'renew_at', 'log_epoch')
local why = unready(fields[1])
if why then
  return why
end
settle()
local entries = redis.call('XRANGE', KEYS[2], ARGV[2], '+')
if fields[2] ~= ARGV[1] or not entries[1] or ARGV[2] ~= '-' and entries[1][1] ~= ARGV[2] then
  return {'GONE'}
end
local reply = {'OK', entries[1][1]}
for i = 2, #entries do
  local at, letter, seats = entries[i][1], entries[i][2][1], entries[i][2][2]
  reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = at, letter, seats
end
return reply
