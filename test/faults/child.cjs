// The built program as a child process. Waits are shortened by FAULT_LIMITS, and its calls of the file system are made to
// fail by FAULT_POINTS; only this file reads them. CommonJS, as the bundle is: an ES module that imports it starts much later.
const { HTTP_LIMITS, main } = require('../../dist/main.cjs');

const limits = { ...HTTP_LIMITS, ...JSON.parse(process.env.FAULT_LIMITS ?? '{}') };
const { points = [], signalledAtFile = '' } = JSON.parse(process.env.FAULT_POINTS ?? '{}');
delete process.env.FAULT_LIMITS;
delete process.env.FAULT_POINTS;

async function run() {
  if (points.length > 0)
    await (await import('./fault-points.mjs')).installFaultPoints(points, signalledAtFile);
  await main({ limits });
}

void run();
