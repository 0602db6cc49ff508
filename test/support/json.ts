// JSON of the fakes: a response's and a request's.

import type { PlannedResponse } from './strict-server.js';

export function jsonResponse(status: number, value: unknown): PlannedResponse {
  return { status, headers: [['Content-Type', 'application/json']], body: JSON.stringify(value) };
}

/** Null where `text` is no JSON object. */
export function readJsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
