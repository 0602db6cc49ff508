// Identifies the holder of a lock or the writer of a file: a name for this machine, and the start of a process.
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

let tag: string | undefined;

/**
 * Names the space in which our process ids are valid: the host name, and on Linux also the boot and the pid namespace. Two
 * containers with the same host name have different tags. 8 hex digits.
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
 * When process `pid` started, in ticks since the boot; null when the system does not report it. With it a process id
 * identifies one process, although ids are reused (proc_pid_stat(5), field 22; the name in field 2 may have blanks and
 * brackets).
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
