-- Tells how seats have changed since a version.
--
-- KEYS  1 the show, 2 its log, 3 ends of holds
-- ARGV  1 the version's epoch, 2 its entry of the log
-- reply MISSING | OVERDUE   the sold marks have to be loaded first
--       GONE                the log doesn't have that entry (any more)
--       OK version [letter seats]...   what the log has after it

local fields = redis.call('HMGET', KEYS[1], 'renew_at', 'log_epoch')
local why = unready(fields[1])
if why then
  return why
end
settle()
local entries = redis.call('XRANGE', KEYS[2], ARGV[2], '+')
if fields[2] ~= ARGV[1] or not entries[1] or entries[1][1] ~= ARGV[2] then
  return {'GONE'}
end
local reply = {'OK', ARGV[1] .. '-' .. entries[#entries][1]}
for i = 2, #entries do
  reply[#reply + 1], reply[#reply + 2] = entries[i][2][1], entries[i][2][2]
end
return reply
