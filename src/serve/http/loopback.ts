// The names of this machine.

/** True when `hostname` (in the spelling of `URL`) is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === '[::1]' || hostname === 'localhost';
}
