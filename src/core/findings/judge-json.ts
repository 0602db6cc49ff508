// Decides whether a gate on values of a JSON result passes. A value that is not there cannot be checked.

import { cleanText } from '../../protocol/text/clean-text.js';
import { nearest } from '../repository/nearest.js';
import type { Operator, PointerGate, PointerTerm } from './gate.js';
import { compares } from './judge-topics.js';
import type { GateOutcome } from './outcome.js';

/** @param document any JSON value */
export function judgeJson(gate: PointerGate, document: unknown): GateOutcome {
  const checks = gate.terms.map((term) => checkTerm(term, document));
  const reason = checks.map((check) => check.reason).join('; ');
  const outcome = (state: GateOutcome['state']): GateOutcome => ({
    gate: gate.text,
    state,
    reason,
    topics: [],
  });
  if (checks.some(({ holds }) => holds === null)) return outcome('unchecked');
  return outcome(checks.every(({ holds }) => holds === true) ? 'found' : 'passed');
}

/** `holds` is null where the value is missing, or cannot be compared. */
interface Check {
  holds: boolean | null;
  reason: string;
}

function checkTerm(term: PointerTerm, document: unknown): Check {
  const name = cleanText(term.pointer, 120);
  let value = document;
  for (const [depth, part] of term.path.entries()) {
    const next = memberOf(value, part);
    if (next === null) {
      const parent = `/${term.path.slice(0, depth).join('/')}`;
      return {
        holds: null,
        reason: `${name} is not in the result${whatExists(value, part, cleanText(parent, 120))}`,
      };
    }
    value = next.value;
  }
  return compareValue(value, term, name);
}

function memberOf(value: unknown, name: string): { value: unknown } | null {
  if (Array.isArray(value))
    return /^(?:0|[1-9]\d{0,8})$/.test(name) && Number(name) < value.length
      ? { value: value[Number(name)] }
      : null;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
  const member: unknown = Reflect.get(value, name);
  return { value: member };
}

const MOST_NAMES = 12;

function whatExists(value: unknown, name: string, parent: string): string {
  if (Array.isArray(value)) return `: ${parent} is a list of ${value.length}`;
  if (typeof value !== 'object' || value === null) return `: ${parent} is ${kindOf(value)}`;
  const names = Object.keys(value);
  const [near] = nearest(name, names.slice(0, 1000));
  const shown = names.slice(0, MOST_NAMES).map((each) => cleanText(each, 40));
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
  const suggestion = near === undefined ? '' : `; did you mean "${cleanText(near, 40)}"?`;
  return names.length === 0
    ? `: ${parent} is empty`
    : `${suggestion} (${parent} has ${shown.join(', ')}${more})`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `the text "${cleanText(value, 60)}"` : String(value);
}

function compareValue(value: unknown, { operator, value: wanted }: PointerTerm, name: string): Check {
  const reason = `${name} is ${kindOf(value)}`;
  if (operator === '~') {
    if (typeof value !== 'string') return { holds: null, reason: `${reason}, and "~" works on texts` };
    return { holds: value.toLowerCase().includes(wanted.toLowerCase()), reason };
  }
  if (operator === '=' || operator === '!=') {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { holds: null, reason: `${reason}, which cannot be compared` };
    const isEqual = isEqualTo(value, wanted);
    return { holds: isEqual === (operator === '='), reason };
  }
  const [own, limit] = [numberOf(value), numberOf(wanted)];
  if (own === null || limit === null)
    return { holds: null, reason: `${reason}, and ${wantedText(operator, wanted, limit)}` };
  return { holds: compares(own, operator, limit), reason };
}

function wantedText(operator: Operator, wanted: string, limit: number | null): string {
  return limit === null ? `"${cleanText(wanted, 40)}" is no number` : `"${operator}" compares numbers`;
}

/** A number, a text that is one, or the length of a list; otherwise null. */
function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'string' || !/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(value.trim()))
    return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** Case makes no difference; a number is equal as a number, a list by its length. */
function isEqualTo(value: unknown, wanted: string): boolean {
  const [own, limit] = [numberOf(value), numberOf(wanted)];
  if (own !== null && limit !== null) return own === limit;
  return String(value).toLowerCase() === wanted.toLowerCase();
}
