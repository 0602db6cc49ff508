// Rights mean nothing to root: work that needs them is done as another user, in this process.

export const IS_ROOT = process.getuid?.() === 0;
/** The number of the user without rights on Debian. */
export const OTHER_USER = 65534;

/** For tests of a process of their own (the pool `forks`): the user of the whole process changes meanwhile. */
export async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (!IS_ROOT) return await work();
  process.seteuid?.(OTHER_USER);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
