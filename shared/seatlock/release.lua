-- Drops a reservation and those of its locks that are still its own.
--
-- KEYS  1 the reservation's record, 2 the user's open reservations, 3... a lock for each seat
-- ARGV  1 the locks' value, 2 the reservation's id, 3 what to leave in the record's place until it would have ended

for i = 3, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
  end
end
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('SET', KEYS[1], ARGV[3], 'XX', 'KEEPTTL')
return 1
