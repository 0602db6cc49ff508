// This machine, by its names.

/** Whether `hostname` (as `URL` gives it) is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === '[::1]' || hostname === 'localhost';
}
