-- Said on each new connection: what a server has brought back from its disk, or a replica from its primary, may lack the
-- last moments. Then everything is forgotten, and counted anew from the ledger.
-- KEYS: which run of a server counted.   ARGV: the run of this one, a pattern of all our keys.
local before = redis.call('GET', KEYS[1])
if before == ARGV[1] then return 0 end
if before then
    for _, key in ipairs(redis.call('KEYS', ARGV[2])) do redis.call('UNLINK', key) end
end
redis.call('SET', KEYS[1], ARGV[1])
return 1
