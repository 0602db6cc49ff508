// Sizes as people type them: `500MB` and `500 M` (decimal), `2 GiB` (binary), a number of bytes.

const POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/** Bytes, at least 1; undefined when `text` is not a size. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = '', binary] =
    /^(\d{1,15}(?:\.\d{1,6})?) ?([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? [];
  if (amount === undefined || (unit === '' && binary !== '')) return undefined;
  const power = POWERS[unit.toLowerCase()] ?? 0;
  const bytes = Math.floor(Number(amount) * (binary === '' ? 1000 : 1024) ** power);
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
