-- Counts what a request really used, once, however often it is told.
-- KEYS: the key's state, what the worker holds, how the request ended, meters...
-- ARGV: reservation, tokens reserved, tokens used, nano USD reserved, nano USD used, seconds to remember,
--       birth of each meter when it was reserved...
-- Gives, for each meter that was counted anew since and may lack this request: its number, its birth, and the number of
-- the last call that it has from the ledger.
local MINUTE = 60000000
local held = redis.call('HDEL', KEYS[2], ARGV[1]) == 1
local ended = redis.call('GET', KEYS[3])
local used = ARGV[5]
local late = {}
for i = 4, #KEYS do
    local meter = redis.call('HMGET', KEYS[i], 'born', 'through')
    if meter[1] == ARGV[3 + i] and (held or ended) then
        if held and ARGV[4] ~= '0' then redis.call('HINCRBY', KEYS[i], 'reserved', '-' .. ARGV[4]) end
        if used ~= '0' then redis.call('HINCRBY', KEYS[i], 'spent', used) end
        if not held and ended ~= '0' then redis.call('HINCRBY', KEYS[i], 'spent', '-' .. ended) end
    elseif meter[1] then
        late[#late + 1] = i - 4
        late[#late + 1] = meter[1]
        late[#late + 1] = meter[2]
    end
end
if held then
    local state = redis.call('HMGET', KEYS[1], 'parallel', 'tokens')
    if (tonumber(state[1]) or 0) > 0 then redis.call('HINCRBY', KEYS[1], 'parallel', -1) end
    local correction = tonumber(ARGV[3]) - tonumber(ARGV[2])
    if state[2] and correction ~= 0 then
        -- What is beyond full is cut off when it is filled up next.
        redis.call('HSET', KEYS[1], 'tokens', string.format('%.0f', tonumber(state[2]) - correction * MINUTE))
    end
end
if held or ended then redis.call('SET', KEYS[3], used, 'EX', ARGV[6]) end
return late
