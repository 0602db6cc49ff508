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

export function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new BimServiceError('usage', '--port takes a number from 1 to 65535');
}
