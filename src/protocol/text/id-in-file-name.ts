// The id of a service as a part of a file name.

/** The slash of `alias/slug`, and all that only a typed address has, become `-`. */
export function idInFileName(id: string): string {
  return id.replace(/^https?:\/\//i, '').replace(/[/\\:?*"<>|&=%#\s]+/g, '-');
}
