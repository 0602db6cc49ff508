// Reads a command's stderr: progress for the sender, and the last lines for an error.

import { StringDecoder } from 'node:string_decoder';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { Progress } from '../service/served-service.js';

const MOST_LINES = 8;
const LONGEST_LINE = 300;
/** Only this much of an endless line is kept. */
const LONGEST_REST = 8192;

/** `progress 40 Checking walls`; the text may be missing. */
const PROGRESS = /^progress\s+(\d{1,3})(?:\.\d+)?%?(?:\s(.*))?$/;

export class StderrReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #lines: string[] = [];
  #rest = '';

  constructor(private readonly onProgress: (progress: Progress) => void) {}

  write(chunk: Uint8Array): void {
    this.#rest += this.#decoder.write(Buffer.from(chunk));
    const lines = this.#rest.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '').slice(-LONGEST_REST);
    for (const line of lines) this.#take(line);
  }

  /** The last lines that are not progress, each cleaned; empty when there were none. */
  end(): string[] {
    if (this.#rest !== '') this.#take(this.#rest);
    this.#rest = '';
    return [...this.#lines];
  }

  #take(line: string): void {
    const [, percent, label = ''] = PROGRESS.exec(line.trim()) ?? [];
    if (percent !== undefined) {
      this.onProgress({ percent: Math.min(100, Number(percent)), label: cleanText(label) });
      return;
    }
    const text = cleanText(line, LONGEST_LINE);
    if (text === '') return;
    this.#lines.push(text);
    if (this.#lines.length > MOST_LINES) this.#lines.shift();
  }
}
