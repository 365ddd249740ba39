-- What only acquire needs of the records, and only when there is much in them.

-- freed is how long it takes until so many of the seats are for sale again. Kept is a list of {end, seats}.
local function freed(kept, seats)
  table.sort(kept, function(a, b) return a[1] < b[1] end)
  for _, one in ipairs(kept) do
    seats = seats - one[2]
    if seats <= 0 then
      return one[1] - now
    end
  end
  return WINDOW -- so many aren't kept: more are wanted than the limit ever allows
end

-- rested is how long it takes until so much of the user's time lies more than WINDOW ago that ROOM is left, if all that they
-- keep is kept to its end.
local function rested(record)
  local sum, edge, spans = 0, now - WINDOW, {}
  for _, from, till in lines(record) do
    from, till = math.max(tonumber(from), edge), tonumber(till)
    if till > from then
      sum, edge = sum + till - from, till
      spans[#spans + 1] = {from, till}
    end
  end
  for _, span in ipairs(spans) do
    sum = sum - (span[2] - span[1])
    if sum <= ROOM then -- within this one
      return math.max(span[2] - (ROOM - sum) + WINDOW - now, 1)
    end
  end
  return WINDOW
end

-- shorten joins the two neighbours among the past lines that have the shortest pause between, which then counts as well: a
-- record has to stay short, however often somebody reserves and releases.
local function shorten(mine)
  if #mine < MOST_LINES then
    return
  end
  local best, at = math.huge, nil
  local last
  for i, line in ipairs(mine) do
    local from, till, what = string.match(line, '^(%d+) (%d+) %S+ %d+ (%S+)')
    if what == 'past' and last and from - last < best then
      best, at = from - last, i
    end
    last = what == 'past' and till or nil
  end
  if at then
    local from, till = string.match(mine[at - 1], '^(%d+) (%d+)')
    local later, tail = string.match(mine[at], '^%d+ (%d+)( .*)$')
    mine[at] = from .. ' ' .. int(math.max(tonumber(till), tonumber(later))) .. tail
    table.remove(mine, at - 1)
  end
end


-- asItIs is a line about single seats with what Redis knows of the seats in it that aren't wanted: their fields follow the one
-- of that number. It also tells whether the user holds one of them.
local function asItIs(line, fields, at, user)
  local near = false
  line = string.gsub(line, 'f', function()
    at = at + 1
    local owners, _, till, holder = parts(fields[at])
    if owners ~= '' then
      return 'x'
    elseif till <= now then
      return 'f'
    end
    local own = string.sub(holder, -#user) == user
    near = near or own
    return own and 'c' or 'x'
  end)
  return line, near
end
