-- What the scripts have in common that need the sold marks, or bring them.

-- prolong has all that is known of the show end at one moment, so that nothing is left of it when the rest has gone.
local function prolong()
  for i = 1, 3 do
    redis.call('PEXPIREAT', KEYS[i], now + KEPT)
  end
end

-- unready is the reply that says why the marks have to be loaded first, or nil if they needn't be.
local function unready(renewAt)
  if not renewAt then
    return {'MISSING'}
  end
  if now >= tonumber(renewAt) then
    redis.call('HSET', KEYS[1], 'renew_at', now + RENEW_PAUSE) -- one caller renews them, the others go on meanwhile
    prolong()
    return {'OVERDUE'}
  end
end

