-- Lets a request in, or says why not, in one step for all workers. Nothing is taken by one that is not let in.
-- KEYS: the key's state, what the worker holds, meters...
-- ARGV: reservation, requests a minute, tokens a minute, calls at once, tokens, nano USD, hard limit of each meter...
--       An empty one is no limit.
-- Gives 'ok', requests left, µs until full, tokens left, µs until full, then spent and birth of each meter;
-- or 'missing' and the numbers of meters that nobody has counted yet; or the limit, and the µs to wait;
-- or 'budget', the number of the meter, what is left of it.
local MINUTE = 60000000
local KEPT_S = 172800
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('HMGET', KEYS[1], 'requests', 'requests_at', 'tokens', 'tokens_at', 'parallel')

-- Buckets count in µs of filling, so that nothing is rounded: see governance/limits.py.
local function filled(level, at, per_minute)
    local full = per_minute * MINUTE
    level, at = tonumber(level), tonumber(at)
    if not level then return full end
    return math.min(full, level + math.max(0, now - at) * per_minute)
end

local function wait(level, per_minute, amount)
    local missing = math.min(amount, per_minute) * MINUTE - level
    return missing > 0 and math.ceil(missing / per_minute) or 0
end

local function whole(number) return string.format('%.0f', number) end

local missing, meters = {'missing'}, {}
for i = 3, #KEYS do
    local meter = redis.call('HMGET', KEYS[i], 'spent', 'reserved', 'born')
    if meter[3] then meters[#meters + 1] = meter else missing[#missing + 1] = i - 3 end
end
if #missing > 1 then return missing end

local requests_limit, tokens_limit, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local tokens, nano = tonumber(ARGV[5]), tonumber(ARGV[6]) or 0
local requests = requests_limit and filled(state[1], state[2], requests_limit)
local left = tokens_limit and filled(state[3], state[4], tokens_limit)

if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then -- otherwise it was let in, and only the answer got lost
    if most and (tonumber(state[5]) or 0) >= most then return {'max_parallel', 0} end
    if requests then
        local us = wait(requests, requests_limit, 1)
        if us > 0 then return {'requests_per_minute', us} end
    end
    if left then
        local us = wait(left, tokens_limit, tokens)
        if us > 0 then return {'tokens_per_minute', us} end
    end
    if ARGV[6] ~= '' then
        for i, meter in ipairs(meters) do
            local hard = tonumber(ARGV[6 + i])
            local used = tonumber(meter[1]) + tonumber(meter[2])
            if hard and used + nano > hard then return {'budget', i - 1, whole(math.max(0, hard - used))} end
        end
    end
    redis.call('HINCRBY', KEYS[1], 'parallel', 1)
    local held = {}
    for i, meter in ipairs(meters) do
        if nano > 0 then redis.call('HINCRBY', KEYS[2 + i], 'reserved', ARGV[6]) end
        held[i] = KEYS[2 + i] .. '=' .. meter[3]
    end
    local entry = {ARGV[5], whole(nano), KEYS[1], table.concat(held, ',')}
    redis.call('HSET', KEYS[2], ARGV[1], table.concat(entry, '|'))
    if requests then
        requests = requests - MINUTE
        redis.call('HSET', KEYS[1], 'requests', whole(requests), 'requests_at', whole(now))
    end
    if left then
        left = left - tokens * MINUTE
        redis.call('HSET', KEYS[1], 'tokens', whole(left), 'tokens_at', whole(now))
    end
    redis.call('EXPIRE', KEYS[1], KEPT_S)
end

local function told(level, per_minute)
    if not level then return 0, 0 end
    return math.max(0, math.floor(level / MINUTE)), math.ceil((per_minute * MINUTE - level) / per_minute)
end

local requests_left, requests_us = told(requests, requests_limit)
local tokens_left, tokens_us = told(left, tokens_limit)
local answer = {'ok', requests_left, requests_us, tokens_left, tokens_us}
for _, meter in ipairs(meters) do
    answer[#answer + 1] = meter[1]
    answer[#answer + 1] = meter[3]
end
return answer
