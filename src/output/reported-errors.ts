// Marks errors that a command has already printed (several models in one run), so that only the exit code remains.
import type { BimServiceError } from '../errors.js';

const printed = new WeakSet<BimServiceError>();

export function markReported(error: BimServiceError): BimServiceError {
  printed.add(error);
  return error;
}

export function wasReported(error: BimServiceError): boolean {
  return printed.has(error);
}

const inDocument = new WeakSet<BimServiceError>();

/** Marks an error that the JSON document of a command has already, so that no second document follows. */
export function markInDocument(error: BimServiceError): void {
  inDocument.add(error);
}

export function isInDocument(error: BimServiceError): boolean {
  return inDocument.has(error);
}
