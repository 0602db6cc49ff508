// Foreign JSON on its way in: a plain object with own members, or nothing.

/** A copy of `value` where it is an object and no list; null for all else. */
export function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

/** The object that `text` is in JSON; null for other values and for what is no JSON. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return null;
  }
}
