// The members of a stored value, to check one by one: an older or newer program may have written it.

/** Empty when `value` is not an object. */
export function readMembers(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
