// Checks the values of options when they are parsed. A wrong value is a `usage` error that says what is accepted.
import { Option } from 'commander';
import { parseDuration } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { parseSize } from '../protocol/text/size.js';

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

/** An option with a duration over 0; its value is in ms. */
export function positiveDurationOption(flags: string, description: string): Option {
  const [name = flags] = flags.split(' ');
  return new Option(flags, description).argParser((text) => {
    const ms = parseDuration(text, name);
    if (ms > 0) return ms;
    throw new BimServiceError('usage', `${name} takes a duration over 0, such as 90s or 2h`);
  });
}

/** A number of at most four digits, from `least`. */
export function wholeNumber(option: string, least: 0 | 1): (text: string) => number {
  return (text) => {
    if (/^(?:0|[1-9]\d{0,3})$/.test(text) && Number(text) >= least) return Number(text);
    throw new BimServiceError('usage', `${option} takes a whole number from ${least} to 9999`);
  };
}

/** An option with a size (`500MB`, `2GiB`); its value is in bytes. */
export function sizeOption(flags: string, description: string): Option {
  const [name] = flags.split(' ');
  return new Option(flags, description).argParser((text) => {
    const bytes = parseSize(text);
    if (bytes !== undefined) return bytes;
    throw new BimServiceError('usage', `${name} takes a size such as 500MB, 2GiB or 100000`);
  });
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
