-- Counts a request into one meter that was counted anew while the request was under way, once.
-- KEYS: mark of its having been done, meter.   ARGV: nano USD, birth of the meter, seconds to remember.
-- Gives 1, or 0 when the meter has been counted anew again, which has the request by now.
if redis.call('HGET', KEYS[2], 'born') ~= ARGV[2] then return 0 end
if redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[3]) and ARGV[1] ~= '0' then
    redis.call('HINCRBY', KEYS[2], 'spent', ARGV[1])
end
return 1
