// The built program as a child process. Waits are shortened by FAULT_LIMITS, and its calls of the file system are made to
// fail by FAULT_POINTS; only this file reads them.
import { HTTP_LIMITS, main } from '../../dist/main.cjs';
import { installFaultPoints } from './fault-points.mjs';

const limits = { ...HTTP_LIMITS, ...JSON.parse(process.env.FAULT_LIMITS ?? '{}') };
const { points = [], signalledAtFile = '' } = JSON.parse(process.env.FAULT_POINTS ?? '{}');
delete process.env.FAULT_LIMITS;
delete process.env.FAULT_POINTS;
if (points.length > 0) await installFaultPoints(points, signalledAtFile);
await main({ limits });
