// Preloaded into the program: collects garbage ten times a second, as a long run does sooner or later.
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc');
setInterval(collect, 100).unref();
