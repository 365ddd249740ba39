-- Drops a reservation and those of its locks that are still its own.
--
-- KEYS  1 the user's reservations, 2... a lock for each seat
-- ARGV  1 the locks' value, 2 the reservation's id

for i = 2, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
  end
end

local lines = ''
for line, ends, id, kept in string.gmatch(redis.call('GET', KEYS[1]) or '', '((%d+) (%S+) ([^\n]*)\n)') do
  if id == ARGV[2] then
    lines = lines .. ends .. ' ' .. id .. ' released\n'
  elseif kept ~= 'released' then -- the newest release alone is remembered
    lines = lines .. line
  end
end
redis.call('SET', KEYS[1], lines, 'XX', 'KEEPTTL')
return 1
