// Checks the values of options when they are parsed. A wrong value is a `usage` error that says what is accepted.
import { Option } from 'commander';
import { parseDuration } from '../durations.js';
import { BimServiceError } from '../errors.js';

/** Collects the values of a repeatable option. */
export function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

/** An option with a duration (`5m`); its value is in ms. */
export function durationOption(flags: string, description: string, fallback?: string): Option {
  const option = new Option(flags, description).argParser((text) =>
    parseDuration(text, flags.split(' ')[0] ?? flags),
  );
  return fallback === undefined ? option : option.default(parseDuration(fallback, flags), fallback);
}

export function positiveInteger(option: string): (text: string) => number {
  return (text) => {
    if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
    throw new BimServiceError('usage', `${option} takes a whole number from 1`);
  };
}

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1, m: 2, g: 3, t: 4 };

/** Bytes of a size: `500MB` (decimal), `2GiB` (binary), `1000`. */
export function sizeInBytes(option: string): (text: string) => number {
  return (text) => {
    const [, amount = '', unit = '', binary = ''] =
      /^(\d{1,15}(?:\.\d{1,6})?) ?([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? [];
    const power = unit === '' ? 0 : (SIZE_UNITS[unit.toLowerCase()] ?? 0);
    const bytes = Math.floor(Number(amount) * (binary === '' ? 1000 : 1024) ** power);
    if (amount !== '' && bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
    throw new BimServiceError('usage', `${option} takes a size such as 500MB, 2GiB or 100000`);
  };
}

export function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new BimServiceError('usage', '--port takes a number from 1 to 65535');
}

/** Words with commas between them. */
export function wordList(option: string): (text: string) => string[] {
  return (text) => {
    const words = text.split(',').map((word) => word.trim());
    if (words.every((word) => word !== '')) return words;
    throw new BimServiceError('usage', `${option} takes words with commas between them: A,B,C`);
  };
}
