// Reads a plain object out of foreign JSON: a copy with own members, or null.

/** A copy of `value` when it is an object and not an array; otherwise null. */
export function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

/** `value` (parsed JSON) as JSON text; empty when it is nested too deep to be written. */
export function jsonTextOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}

/** The object in the JSON text `text`; null for other values and for text that is not JSON. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return null;
  }
}
