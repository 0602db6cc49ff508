// What a gate is: a condition on a result that fails a run. docs/gates.md has the grammar.

/** Fields of a topic that a condition can name. */
export const FIELDS = [
  'status',
  'state',
  'type',
  'priority',
  'label',
  'stage',
  'title',
  'author',
  'assignee',
  'due',
  'guid',
  'globalid',
] as const;
export type Field = (typeof FIELDS)[number];

/** Numbers of topics that a gate can name. `new`, `persisting` and `gone` need an earlier result. */
export const COUNTS = ['topics', 'new', 'persisting', 'gone'] as const;
export type CountWord = (typeof COUNTS)[number];

/** Longer ones first, for the parser. */
export const OPERATORS = ['!=', '>=', '<=', '=', '>', '<', '~'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Condition {
  field: Field;
  operator: Operator;
  /** As written, without quotes. */
  value: string;
}

export interface Count {
  what: CountWord;
  operator: Operator;
  value: number;
}

/** A gate on the topics of a BCF result: all counts must hold, over the topics that meet all conditions. */
export interface TopicGate {
  kind: 'topics';
  text: string;
  conditions: Condition[];
  counts: Count[];
}

export interface PointerTerm {
  /** As written. */
  pointer: string;
  /** The names of RFC 6901, unescaped. */
  path: string[];
  operator: Operator;
  value: string;
}

/** A gate on values of a JSON result: all terms must hold. */
export interface PointerGate {
  kind: 'pointer';
  text: string;
  terms: PointerTerm[];
}

export type Gate = TopicGate | PointerGate;

/** What is given beside the gates. */
export interface GateSettings {
  /** Words of priority, lowest first; null for the usual ones. */
  priorityOrder: readonly string[] | null;
  /** Words of status that mean closed; null for the usual ones. */
  closedStatuses: readonly string[] | null;
  /** True when there is an earlier result to compare with. */
  hasBaseline: boolean;
}

/** The only error of the language. */
export class GateError extends Error {
  /** Where in the text, in UTF-16 units from 0. */
  readonly at: number;
  /** What to write instead; null where the message says it. */
  readonly advice: string | null;

  constructor(message: string, at: number, advice: string | null = null) {
    super(message);
    this.at = at;
    this.advice = advice;
  }
}
