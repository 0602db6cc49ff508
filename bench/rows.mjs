// Makes the rows of the result: medians, ratios, and whether the goal is reached.

/** @typedef {import('./measure.mjs').Usage} Usage */
/** @typedef {[work: string, peer: string, ours: string, theirs: string, ratio: string, goal: string, rating: string]} Row */

const HEADER = ['work', 'peer', 'ours', "peer's", 'ratio (pairs)', 'goal', ''];

/**
 * Our median divided by the peer's median, and beside it the median of the ratios of the pairs. When they differ much,
 * the machine was not quiet.
 * @param {object} row
 * @param {string} row.work
 * @param {string} row.peer
 * @param {Usage[]} row.ours
 * @param {Usage[]} row.theirs as many as ours, measured alternately with them
 * @param {keyof Usage} row.of
 * @param {number} [row.goal] without it, the row is only for comparison
 * @returns {Row}
 */
export function ratioRow({ work, peer, ours, theirs, of, goal }) {
  const show = of === 'peakBytes' ? mebibytes : milliseconds;
  const our = median(ours.map((run) => run[of]));
  const their = median(theirs.map((run) => run[of]));
  const pairs = median(ours.map((run, index) => run[of] / (theirs[index]?.[of] ?? Number.NaN)));
  const ratio = our / their;
  const goalText = goal === undefined ? '-' : `≤ ${goal}`;
  const ratioText = Number.isNaN(ratio) ? '-' : `${ratio.toFixed(2)} (${pairs.toFixed(2)})`;
  return [work, peer, show(our), show(their), ratioText, goalText, ratingOf(ratio, goal)];
}

/**
 * A row for a value that has a limit and no peer.
 * @param {{ work: string, value: number, limit: number, show: (value: number) => string }} row
 * @returns {Row}
 */
export function limitRow({ work, value, limit, show }) {
  return [work, '-', show(value), '-', '-', `≤ ${show(limit)}`, ratingOf(value, limit)];
}

/**
 * A Markdown table, ready for the README.
 * @param {string[][]} rows
 */
export function toTable(rows) {
  const lines = [HEADER, ...rows];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0), 3));
  const [header, ...rest] = lines.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [header, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n');
}

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** @param {number} value */
export const milliseconds = (value) =>
  Number.isNaN(value) ? '-' : `${value.toFixed(value < 100 ? 1 : 0)} ms`;

/** @param {number} bytes */
export const mebibytes = (bytes) => (Number.isNaN(bytes) ? '-' : `${(bytes / 1024 ** 2).toFixed(1)} MiB`);

/** @param {number} bytes */
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/**
 * @param {number} value
 * @param {number | undefined} goal
 */
function ratingOf(value, goal) {
  if (goal === undefined || Number.isNaN(value)) return '-';
  return value <= goal ? 'ok' : 'over';
}
