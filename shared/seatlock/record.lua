-- What the scripts have in common that keep count of unpaid seats. Go puts the rules in front, in capitals: times in
-- milliseconds, and paces, which are the time for one attempt more, where 0 is no limit.
--
-- A record begins with a line for its token bucket: when it was written, and how long until it was full from then. What
-- follows in a user's record is a line for each time at which they kept seats off sale unpaid, in order of their beginning:
--
--   from until reservation seats held:...          held; and what is kept of the reservation, see reservation.go
--   from until reservation seats paying:booking    claimed by a payment that awaits the customer's action
--   from until reservation end   released          given back at until, before its end
--   from until reservation seats past              over; or several of them, with the short pauses between
--
-- In an address's record it is a line for each reservation that counts: until reservation seats.

local function int(number) return string.format('%d', number) end -- Lua would write 1.7e+12

local function lines(record)
  return string.gmatch(record or '', '((%d+) (%d+) (%S+) (%d+) ([^\n]*)\n)')
end

local function addressLines(record)
  return string.gmatch(record or '', '((%d+) (%S+) (%d+)\n)')
end

local function isHeld(what) return string.sub(what, 1, 5) == 'held:' end

-- bucket returns how long it takes until a record's bucket is full.
local function bucket(record)
  local at, full = string.match(record or '', '^(%d+) (%d+)\n')
  return at and math.max(at + full - now, 0) or 0
end

-- wait is how long it takes until a bucket has a token: 0 if it has one.
local function wait(full, pace, burst)
  return pace > 0 and math.max(full + pace - burst * pace, 0) or 0
end

-- rest is a record without its bucket.
local function rest(record) return record and string.gsub(record, '^[^\n]*\n', '', 1) or '' end

-- keep is put for a record. One without lines ends as soon as its bucket is full.
local function keep(field, full, text)
  put(field, (text ~= '' or full > 0) and int(now) .. ' ' .. int(full) .. '\n' .. text or '')
end

-- used is for how long within WINDOW seats were off sale, by all lines together.
local function used(record)
  local sum, edge = 0, now - WINDOW
  for _, from, till in lines(record) do
    from, till = math.max(tonumber(from), edge), math.min(tonumber(till), now)
    if till > from then
      sum, edge = sum + till - from, till
    end
  end
  return sum
end

-- payWithin is how much longer a user may keep seats that they are about to pay for.
local function payWithin(record) return math.max(math.min(ACTION, MOST_TIME - used(record)), 0) end

-- leave changes one reservation's line in its address's record: it ends at till now, or is gone.
local function leave(field, record, reservation, till)
  if record and string.find(record, reservation, 1, true) then
    local text = ''
    for line, _, id, seats in addressLines(record) do
      if id ~= reservation then
        text = text .. line
      elseif till then
        text = text .. int(till) .. ' ' .. id .. ' ' .. seats .. '\n'
      end
    end
    keep(field, bucket(record), text)
  end
end
