// Errors that a command has shown itself (several models in one run): only their exit code is left to report.
import type { BimServiceError } from '../errors.js';

const told = new WeakSet<BimServiceError>();

export function markReported(error: BimServiceError): BimServiceError {
  told.add(error);
  return error;
}

export function wasReported(error: BimServiceError): boolean {
  return told.has(error);
}
