// Errors that a command has shown itself (several models in one run): only their exit code is left to report.
import type { BimServiceError } from '../errors.js';

const told = new WeakSet<BimServiceError>();

export function markTold(error: BimServiceError): BimServiceError {
  told.add(error);
  return error;
}

export function wasTold(error: BimServiceError): boolean {
  return told.has(error);
}
