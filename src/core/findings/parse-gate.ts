// Reads a gate such as `status=Open,priority>=Major` or `/summary/failed>0` (docs/gates.md).

import { nearest } from '../repository/nearest.js';
import {
  COUNTS,
  type Condition,
  type Count,
  type CountWord,
  FIELDS,
  type Field,
  type Gate,
  GateError,
  type GateSettings,
  OPERATORS,
  type Operator,
  type PointerTerm,
} from './gate.js';
import { priorityOrder } from './words.js';

const ORDERING: readonly Operator[] = ['>', '>=', '<', '<='];
const EQUALITY: readonly Operator[] = ['=', '!='];

/** A gate. Throws a GateError, and nothing else. */
export function parseGate(text: string, settings: GateSettings): Gate {
  const reader = new GateReader(text);
  reader.blanks();
  if (reader.atEnd) throw new GateError('the gate is empty', reader.at, WHAT_EXISTS);
  if (reader.peek() === '/' || /^["']\//.test(reader.rest())) {
    const terms = [pointerTerm(reader)];
    while (reader.comma()) terms.push(pointerTerm(reader));
    return { kind: 'pointer', text, terms };
  }
  const conditions: Condition[] = [];
  const counts: Count[] = [];
  do topicTerm(reader, settings, conditions, counts);
  while (reader.comma());
  return { kind: 'topics', text, conditions, counts };
}

const WHAT_EXISTS = `Counts: ${COUNTS.join(', ')}. Fields: ${FIELDS.join(', ')}. Or a JSON pointer: /summary/failed>0.`;

function topicTerm(
  reader: GateReader,
  settings: GateSettings,
  conditions: Condition[],
  counts: Count[],
): void {
  reader.blanks();
  const at = reader.at;
  const word = reader.word();
  if (word === '') {
    if (reader.peek() === '/')
      throw new GateError('a gate is on topics or on JSON, not on both', at, 'Write two gates.');
    throw new GateError(
      reader.atEnd ? 'a field or a count is missing' : `"${reader.peek()}" begins no field and no count`,
      at,
      WHAT_EXISTS,
    );
  }
  const name = word.toLowerCase();
  const what = COUNTS.find((each) => each === name);
  const field = FIELDS.find((each) => each === name);
  if (what !== undefined) counts.push(countTerm(reader, what, at, settings));
  else if (field !== undefined) conditions.push(conditionTerm(reader, field, settings));
  else
    throw new GateError(
      `there is no field and no count "${word}"`,
      at,
      didYouMean(name, [...COUNTS, ...FIELDS]),
    );
}

function countTerm(reader: GateReader, what: CountWord, at: number, settings: GateSettings): Count {
  if (what !== 'topics' && !settings.hasBaseline)
    throw new GateError(`"${what}" compares with an earlier result`, at, 'Name it: --baseline last.bcfzip');
  const operatorAt = reader.blanks();
  const operator = reader.operator();
  if (operator === '~') throw new GateError('"~" works on texts', operatorAt, 'Write >, >=, <, <=, = or !=.');
  const valueAt = reader.blanks();
  const value = reader.value();
  if (!/^\d{1,9}$/.test(value))
    throw new GateError(`"${what}" is a number of topics`, valueAt, `For example: ${what}>0`);
  return { what, operator, value: Number(value) };
}

function conditionTerm(reader: GateReader, field: Field, settings: GateSettings): Condition {
  const operatorAt = reader.blanks();
  const operator = reader.operator();
  const valueAt = reader.blanks();
  const value = reader.value();
  const isOrdering = ORDERING.includes(operator);
  if (isOrdering && field !== 'priority' && field !== 'due')
    throw new GateError(
      `"${operator}" works on priority, due and counts, not on ${field}`,
      operatorAt,
      `${field} takes =, != and ~.`,
    );
  if (operator === '~' && (field === 'due' || field === 'state'))
    throw new GateError(`"~" works on texts, not on ${field}`, operatorAt);
  if (field === 'state' && !/^(?:open|closed)$/i.test(value))
    throw new GateError('"state" is open or closed', valueAt, 'For the word in the file: status=…');
  if (field === 'due' && !isDay(value) && !(EQUALITY.includes(operator) && value === ''))
    throw new GateError('"due" is a day', valueAt, 'For example: due<2026-12-31');
  if (field === 'priority' && isOrdering) {
    const { words, rankOf } = priorityOrder(settings.priorityOrder);
    if (rankOf(value) === null)
      throw new GateError(
        `the priority "${value}" has no place in the order`,
        valueAt,
        orderAdvice(value, words),
      );
  }
  return { field, operator, value };
}

function orderAdvice(value: string, words: readonly string[]): string {
  const near = nearest(
    value.toLowerCase(),
    words.map((word) => word.toLowerCase()),
  )[0];
  const order = `Lowest first: ${words.join(', ')}. Others: --priority-order A,B,C`;
  return near === undefined ? order : `Did you mean "${near}"? ${order}`;
}

/** `2026-02-30` is not a day. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function pointerTerm(reader: GateReader): PointerTerm {
  const start = reader.blanks();
  const at = reader.peek() === '/' ? start : start + 1;
  const pointer = reader.pointer();
  if (!pointer.startsWith('/'))
    throw new GateError(
      'a JSON pointer begins with "/"',
      start,
      'A gate is on JSON or on topics, not on both: write two gates.',
    );
  const bad = /~(?![01])/.exec(pointer);
  if (bad !== null)
    throw new GateError('in a JSON pointer "~" is written ~0, and "/" in a name ~1', at + bad.index);
  reader.blanks();
  const operator = reader.operator();
  reader.blanks();
  const value = reader.value();
  const path = pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return { pointer, path, operator, value };
}

/** `prioritee`: did you mean "priority"? */
function didYouMean(word: string, words: readonly string[]): string {
  const near = nearest(word, words)[0];
  return near === undefined ? WHAT_EXISTS : `Did you mean "${near}"? ${WHAT_EXISTS}`;
}

/** Reads the parts of a gate from left to right. */
class GateReader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.at >= this.#text.length;
  }

  peek(): string {
    return this.#text.charAt(this.at);
  }

  rest(): string {
    return this.#text.slice(this.at);
  }

  /** Passes blanks, and returns the position after them. */
  blanks(): number {
    while (!this.atEnd && this.peek().trim() === '') this.at += 1;
    return this.at;
  }

  word(): string {
    const [word = ''] = /^[\p{L}\p{N}_-]*/u.exec(this.rest()) ?? [];
    this.at += word.length;
    return word;
  }

  operator(): Operator {
    const rest = this.rest();
    const operator = OPERATORS.find((each) => rest.startsWith(each));
    if (operator === undefined)
      throw new GateError('an operator is missing', this.at, `One of: ${OPERATORS.join(' ')}`);
    this.at += operator.length;
    if (this.peek() === '=') throw new GateError('there is one "=" too many', this.at, 'For equal write =.');
    return operator;
  }

  /** A pointer as it is, up to an operator; or in quotes, for names that hold one. */
  pointer(): string {
    if (/["']/.test(this.peek())) return this.#quoted();
    const [text = ''] = /^[^=!<>]*?(?=~(?![01])|[=!<>]|$)/.exec(this.rest()) ?? [];
    this.at += text.length;
    return text.trimEnd();
  }

  /** A value up to the next comma, or in quotes. */
  value(): string {
    if (/["']/.test(this.peek())) return this.#quoted();
    const start = this.at;
    const comma = this.#text.indexOf(',', this.at);
    this.at = comma === -1 ? this.#text.length : comma;
    const value = this.#text.slice(start, this.at).trim();
    if (value === '') throw new GateError('a value is missing', start, "For an empty one write ''.");
    return value;
  }

  #quoted(): string {
    const quote = this.peek();
    const end = this.#text.indexOf(quote, this.at + 1);
    if (end === -1) throw new GateError(`the quote ${quote} has no end`, this.at);
    const value = this.#text.slice(this.at + 1, end);
    this.at = end + 1;
    return value;
  }

  /** True after a comma, false at the end. */
  comma(): boolean {
    this.blanks();
    if (this.atEnd) return false;
    if (this.peek() !== ',') throw new GateError('a comma is missing, or a quote around the value', this.at);
    this.at += 1;
    return true;
  }
}
