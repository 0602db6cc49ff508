// Lines that redraw themselves on a terminal. No line wraps, and they stay whole when the terminal is resized.
import { clearLine, moveCursor } from 'node:readline';
import type { WriteStream } from 'node:tty';

const REDRAW_MS = 100;
/** A terminal that does not say how large it is. */
const USUAL = { columns: 80, rows: 24 };
/** The spinner and a blank in front of the first line. */
const SPINNER_COLUMNS = 2;
/** A name is shortened to this many columns before the text after it is. */
const SHORTEST_NAME = 12;

export interface Terminal {
  stream: NodeJS.WritableStream & Partial<Pick<WriteStream, 'columns' | 'rows'>>;
  color: boolean;
}

/** One line: `NAME: TEXT`, or only the text. */
export interface LiveLine {
  name?: string;
  text: string;
}

export interface LiveLines {
  /** Removes the lines while `write` runs. */
  withoutDisplay(write: () => void): void;
  /** Removes the lines. */
  stop(): void;
}

/** Draws `lines` ten times a second until it is stopped. `rows`: how high the terminal is now. */
export async function createLiveLines(
  { stream, color }: Terminal,
  lines: (rows: number) => readonly LiveLine[],
): Promise<LiveLines> {
  const [{ default: ora }, { default: widthOf }] = await Promise.all([import('ora'), import('string-width')]);
  const spinner = ora({ stream, discardStdin: false, ...(color ? {} : { color: false }) });
  let widths: number[] = [];
  const draw = () => {
    const columns = stream.columns || USUAL.columns;
    const fitted = lines(stream.rows || USUAL.rows).map((line, at) =>
      // The last column stays free: some terminals go to the next row as soon as it is written.
      fitLine(line, columns - 1 - (at === 0 ? SPINNER_COLUMNS : 0), widthOf),
    );
    widths = fitted.map((line, at) => widthOf(line) + (at === 0 ? SPINNER_COLUMNS : 0));
    spinner.text = fitted.join('\n');
  };
  const onResize = () => {
    const columns = stream.columns || USUAL.columns;
    spinner.clear();
    // A narrower terminal has moved the end of each line that no longer fits to rows of its own.
    const moved = widths.reduce((rows, width) => rows + Math.max(0, Math.ceil(width / columns) - 1), 0);
    for (let row = 0; row < moved; row += 1) {
      moveCursor(stream, 0, -1);
      clearLine(stream, 0);
    }
    draw();
    spinner.render();
  };
  draw();
  spinner.start();
  stream.on('resize', onResize);
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    withoutDisplay(write) {
      spinner.clear();
      write();
      spinner.render();
    },
    stop() {
      clearInterval(timer);
      stream.off('resize', onResize);
      spinner.stop();
    },
  };
}

/** `NAME: TEXT` in at most `columns` columns: the middle of the name is left out first, then the end of the text. */
export function fitLine(
  { name, text }: LiveLine,
  columns: number,
  widthOf: (text: string) => number,
): string {
  const whole = name === undefined ? text : `${name}: ${text}`;
  if (widthOf(whole) <= columns) return whole;
  if (name === undefined) return cut(text, columns, widthOf);
  const room = Math.max(SHORTEST_NAME, columns - widthOf(`: ${text}`));
  return cut(`${withoutMiddle(name, room, widthOf)}: ${text}`, columns, widthOf);
}

function withoutMiddle(name: string, columns: number, widthOf: (text: string) => number): string {
  if (widthOf(name) <= columns) return name;
  const head = take(segmentsOf(name), Math.ceil((columns - 1) / 2), widthOf);
  const tail = take(segmentsOf(name).toReversed(), columns - 1 - widthOf(head.join('')), widthOf);
  return `${head.join('')}…${tail.toReversed().join('')}`;
}

function cut(text: string, columns: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= columns) return text;
  return `${take(segmentsOf(text), Math.max(0, columns - 1), widthOf).join('')}…`;
}

/** The first of `segments` that take at most `columns` columns together. */
function take(
  segments: readonly string[],
  columns: number,
  widthOf: (text: string) => number,
): readonly string[] {
  let width = 0;
  const end = segments.findIndex((segment) => {
    width += widthOf(segment);
    return width > columns;
  });
  return end === -1 ? segments : segments.slice(0, end);
}

function segmentsOf(text: string): string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}
