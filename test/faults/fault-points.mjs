// Faults that nothing outside of a process can provoke: calls of node:fs/promises that fail, fall short or meet a signal.
import { writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

/** Makes `points` (FaultPoint of child.ts) strike in this process. The program's own code is not touched. */
export async function installFaultPoints(points, signalledAtFile) {
  const waiting = points.map((point) => ({ ...point, left: point.nth ?? 1, times: point.times ?? 1 }));
  const paths = new WeakMap();

  const fits = (one, path) => path.endsWith(one.path) && path.includes(one.within ?? '');

  const struck = (call, path) => {
    const point = waiting.find((one) => one.call === call && one.times !== 0 && fits(one, String(path)));
    if (point === undefined) return null;
    point.left = Math.max(0, point.left - 1);
    if (point.left > 0) return null;
    point.times -= 1;
    return point.fault;
  };

  const patch = (owner, call, pathOf) => {
    const original = owner[call];
    owner[call] = async function (...args) {
      const fault = struck(call, pathOf(this, args));
      if (fault === null) return original.apply(this, args);
      if ('code' in fault) throw Object.assign(new Error(`${fault.code}: a fault point, ${call}`), fault);
      if ('ms' in fault) {
        await sleep(fault.ms);
        return original.apply(this, args);
      }
      if ('bytes' in fault)
        return original.call(this, args[0], args[1], Math.min(args[2], fault.bytes), ...args.slice(3));
      const result = fault.when === 'after' ? await original.apply(this, args) : undefined;
      writeFileSync(signalledAtFile, String(Date.now()));
      process.kill(process.pid, fault.signal);
      // Time for the handler of the signal to run; a call of this kind may well take as long.
      await sleep(20);
      return fault.when === 'after' ? result : original.apply(this, args);
    };
  };

  const open = fs.open;
  fs.open = async (path, ...rest) => {
    const fault = struck('open', path);
    if (fault !== null) throw Object.assign(new Error(`${fault.code}: a fault point, open`), fault);
    const handle = await open(path, ...rest);
    paths.set(handle, path);
    return handle;
  };
  const probe = await open(new URL(import.meta.url));
  const handles = Object.getPrototypeOf(probe);
  await probe.close();
  for (const call of ['read', 'write', 'sync', 'chmod']) patch(handles, call, (handle) => paths.get(handle));
  for (const call of ['link', 'rename']) patch(fs, call, (_, [path]) => path);
  syncBuiltinESMExports();
}
