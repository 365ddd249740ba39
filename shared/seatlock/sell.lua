-- Marks seats as sold and drops the reservation that they were bought with.
--
-- KEYS  1 sold marks, 2 marks being loaded, 3 the reservation's record, 4 the user's open reservations, 5... locks
-- ARGV  1 the locks' value, 2 the reservation's id, 3... seats

local marked, loading = redis.call('EXISTS', KEYS[1]) == 1, redis.call('EXISTS', KEYS[2]) == 1
for i = 5, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
  end
  if marked then
    redis.call('HSET', KEYS[1], ARGV[i - 2], 1)
  end
  if loading then
    redis.call('HSET', KEYS[2], ARGV[i - 2], 1)
  end
end
redis.call('DEL', KEYS[3])
redis.call('ZREM', KEYS[4], ARGV[2])
return 1
