-- Announces that the sold marks are about to be read from the database: from now on every change is also kept aside.
--
-- KEYS  1 marks being loaded
-- ARGV  1 an id for this load, 2 ms that it may take
-- reply the id of the load, an earlier one if that isn't over

if redis.call('HSETNX', KEYS[1], 'load', ARGV[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('HGET', KEYS[1], 'load')
