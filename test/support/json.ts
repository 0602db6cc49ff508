// JSON for the fakes: responses and request bodies.

import type { PlannedResponse } from './strict-server.js';

export function jsonResponse(status: number, value: unknown): PlannedResponse {
  return { status, headers: [['Content-Type', 'application/json']], body: JSON.stringify(value) };
}

/** The object in a JSON text; null when `text` is not a JSON object. */
export function readJsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
