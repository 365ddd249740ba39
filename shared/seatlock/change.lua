-- What the scripts have in common that change several fields of a show, so that it takes one command.

local puts, drops = {}, {}

-- put remembers a field's new value. The empty one means that there is to be none.
local function put(field, value)
  if value == '' then
    drops[#drops + 1] = field
  else
    puts[#puts + 1], puts[#puts + 2] = field, value
  end
end

-- write does what put remembers. Call is redis.call, or redis.pcall to go on when memory is full.
local function write(call)
  if #drops > 0 then
    redis.call('HDEL', KEYS[1], unpack(drops))
  end
  if #puts > 0 then
    call('HSET', KEYS[1], unpack(puts))
    if redis.call('PTTL', KEYS[1]) == -1 then -- the marks aren't loaded
      redis.call('PEXPIRE', KEYS[1], KEPT)
    end
  end
end
