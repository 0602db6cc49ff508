// Marks errors that a command has already printed (several models in one run), so that only the exit code remains.
import type { BimServiceError } from '../errors.js';

const told = new WeakSet<BimServiceError>();

export function markReported(error: BimServiceError): BimServiceError {
  told.add(error);
  return error;
}

export function wasReported(error: BimServiceError): boolean {
  return told.has(error);
}
