-- Begins a meter, unless another worker was quicker.
-- KEYS: meter.   ARGV: nano USD spent, number of the last call in it, its birth, Unix second at which it may go or ''.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'spent', ARGV[1], 'reserved', '0', 'through', ARGV[2], 'born', ARGV[3])
if ARGV[4] ~= '' then redis.call('EXPIREAT', KEYS[1], ARGV[4]) end
return 1
