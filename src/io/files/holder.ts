// Who holds a lock or writes a file: a name for this machine as its processes see it, and when a process started.
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

let tag: string | undefined;

/**
 * Names the space that a process id of ours has a meaning in: the host name, and on Linux also the boot and the pid
 * namespace. Two containers with one host name have two tags. 8 hex digits.
 */
export function hostTag(): string {
  tag ??= createHash('sha256')
    .update(JSON.stringify([hostname(), bootId(), pidNamespace()]))
    .digest('hex')
    .slice(0, 8);
  return tag;
}

function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/**
 * When process `pid` started, in ticks since the boot; null where the system does not say. With it a process id names one
 * process, though ids are used again (proc_pid_stat(5), field 22; the name in field 2 may hold blanks and brackets).
 */
export function startOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    return Number.isFinite(ticks) ? ticks : null;
  } catch {
    return null;
  }
}
