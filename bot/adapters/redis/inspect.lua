-- What the server that holds our keys says of itself. KEYS 1 any of ours. Returns {the store's time in ms, INFO}.

local time = redis.call('TIME')
return {time[1] * 1000 + math.floor(time[2] / 1000), redis.call('INFO')}
