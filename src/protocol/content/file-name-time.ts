// Finds the time stamp in the header of a STEP file. It changes with each export, also where the model is the same.
import { BadSyntax, EndsEarly, StepScanner } from './step-scanner.js';

/** Byte positions; `end` is the one after the last byte. */
export interface TimeStampRange {
  start: number;
  end: number;
}

/**
 * Where the time stamp of FILE_NAME is (its second parameter, ISO 10303-21 8.2.3), without its quotes. Null when there is no
 * readable one in the header: a FILE_NAME in the data section, in a string or in a comment does not count.
 */
export function fileNameTime(head: Uint8Array): TimeStampRange | null {
  try {
    return new TimeScanner(head).find();
  } catch (error) {
    if (error instanceof EndsEarly || error instanceof BadSyntax) return null;
    throw error;
  }
}

class TimeScanner extends StepScanner {
  find(): TimeStampRange | null {
    if (!this.start()) return null;
    this.expect(';');
    for (;;) {
      const keyword = this.keyword();
      if (keyword === 'ENDSEC' || keyword === 'DATA') return null;
      if (keyword === 'FILE_NAME') return this.#second();
      if (keyword === 'HEADER') this.expect(';');
      else this.skipStatement();
    }
  }

  #second(): TimeStampRange | null {
    if (!this.take('(') || this.peek() !== "'") return null;
    this.string();
    if (!this.take(',') || this.peek() !== "'") return null;
    const start = this.at + 1;
    this.string();
    return { start, end: this.at - 1 };
  }
}
