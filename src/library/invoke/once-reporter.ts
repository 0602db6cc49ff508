// For several models: a line that is the same for all of them is written once.
import type { Reporter } from '../../core/ports/terminal.js';

export function reportOnce(reporter: Reporter): Reporter {
  const seen = new Set<string>();
  const once = (write: (line: string) => void) => (line: string) => {
    if (seen.has(line)) return;
    seen.add(line);
    write(line);
  };
  return { ...reporter, info: once(reporter.info), warn: once(reporter.warn) };
}
