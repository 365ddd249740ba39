-- The rule about single seats, as cinema.LeftAlone says it: whether a choice leaves a seat alone although it needn't. In a line, c is
-- a chosen place, f a free one, and anything else ends a run.
local function leavesSingle(line)
  for run in string.gmatch(line, '[cf]+') do
    local _, free = string.gsub(run, 'f', '')
    if free > 1 and string.find(run, 'c', 1, true) and string.find('x' .. run .. 'x', '[cx]f[cx]') then
      return true
    end
  end
  return false
end

