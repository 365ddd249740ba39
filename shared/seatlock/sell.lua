-- Marks seats as sold to a booking and drops the reservation that they were bought with.
--
-- KEYS  1 sold marks, 2 marks being loaded, 3 the user's reservations, 4... a lock for each seat
-- ARGV  1 the locks' value, 2 the reservation's id, 3 the booking's id, 4... seats

local marked, loading = redis.call('EXISTS', KEYS[1]) == 1, redis.call('EXISTS', KEYS[2]) == 1
for i = 4, #KEYS do
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

local lines = ''
for line, id in string.gmatch(redis.call('GET', KEYS[3]) or '', '(%d+ (%S+) [^\n]*\n)') do
  if id ~= ARGV[2] then
    lines = lines .. line
  end
end
redis.call('SET', KEYS[3], lines, 'XX', 'KEEPTTL')
return 1
