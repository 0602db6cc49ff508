// Compares a response with what was asked for, promised and said of it, and applies the rules for results.

import { judgeClaim, mediaClaim, schemaClaim } from '../content/claims.js';
import { type Expectation, meets } from '../content/expectation.js';
import { describe, hasOwnFormat, type Recognized } from '../content/result-type.js';
import { cleanText } from '../text/clean-text.js';
import { claimOfName } from './result-name.js';
import { type Facts, type Rule, ruleFor } from './result-rules.js';

/** The content of a body. */
export interface JudgedContent extends Recognized {
  /** What makes it unusable, as the rest of a sentence; null when it is whole. */
  defect: string | null;
  /** It holds nothing but blanks and zero bytes. */
  blank: boolean;
}

export interface JudgeInput {
  status: number;
  found: JudgedContent;
  /** The service's own error in the body, or `Output-Type: ERROR`. */
  isError: boolean;
  outputType: string | null;
  contentType: string | null;
  /** The file name that the response gives, as it will be used; null when it gives none. */
  fileName: string | null;
  /** `outputs` of the service's entry. */
  promise: readonly string[];
  expect: Expectation | null;
  allowEmpty: boolean;
}

export interface Judgement {
  rule: Rule;
  facts: Facts;
  /** What does not fit, as the rest of a sentence; empty for a result that fits in every respect. */
  why: string;
}

/** Judges a response by the table of `result-rules.ts`. Pure: the same input always gives the same judgement. */
export function judgeResult(input: JudgeInput): Judgement {
  const found = asNamed(input);
  const facts = factsOf({ ...input, found });
  const rule = ruleFor(facts);
  return { rule, facts, why: whyOf(facts, { ...input, found }) };
}

/** The class of a status, before any body is looked at. */
export function statusFact(status: number): Facts['status'] {
  if (status === 202) return 'accepted';
  if (status === 204 || status === 205) return 'no-content';
  if (status === 206) return 'partial';
  if (status >= 200 && status < 300) return 'success';
  return status === 502 || status === 504 ? 'gateway' : 'refusal';
}

/** Text may begin like JSON and be none: only what was named JSON has to be whole JSON. */
function asNamed({ found, outputType, contentType, fileName, promise, expect }: JudgeInput): JudgedContent {
  if (found.content !== 'json' || found.defect === null) return found;
  const json = { content: 'json', schema: null } as const;
  const isNamed =
    judgeClaim(json, expect?.claim ?? null) === 'agrees' ||
    [...promise, ...(outputType === null ? [] : [outputType])].some((name) =>
      schemaClaim(name)?.formats.some((format) => format.content === 'json' && name !== TEXT_SCHEMA),
    ) ||
    [
      contentType === null ? null : mediaClaim(contentType),
      fileName === null ? null : claimOfName(fileName),
    ].some((claim) => judgeClaim(json, claim) === 'agrees');
  return isNamed ? found : { ...found, content: 'text', defect: null };
}

const TEXT_SCHEMA = 'UNSTRUCTURED_UTF8_TEXT_1_0';

function factsOf(input: JudgeInput): Facts {
  const { status, found, isError, outputType, contentType, fileName, expect, allowEmpty } = input;
  const type = judgeClaim(found, contentType === null ? null : mediaClaim(contentType));
  const name = judgeClaim(found, fileName === null ? null : claimOfName(fileName));
  return {
    status: statusFact(status),
    content: isError
      ? 'error'
      : found.blank
        ? allowEmpty
          ? 'blank-allowed'
          : 'blank'
        : found.defect !== null
          ? 'damaged'
          : hasOwnFormat(found)
            ? 'own-format'
            : 'plain',
    expect: expect === null ? 'none' : meets(found, expect, { outputType, contentType }) ? 'met' : 'missed',
    promise: promiseFact(input),
    outputType: judgeClaim(found, outputType === null ? null : schemaClaim(outputType)),
    // Neither an extension nor a media type names a version.
    name: name === 'other-version' ? 'agrees' : name,
    type: type === 'other-version' ? 'agrees' : type,
  };
}

function promiseFact({ found, promise }: JudgeInput): Facts['promise'] {
  const claims = promise.map((name) => (name.includes('/') ? mediaClaim(name) : null) ?? schemaClaim(name));
  const relations = claims.map((claim) => judgeClaim(found, claim));
  if (relations.includes('agrees')) return 'kept';
  if (relations.includes('other-version')) return 'other-version';
  // A type of the provider's own: no one else knows what its bytes are.
  return claims.length === 0 || claims.includes(null) ? 'nothing' : 'broken';
}

/** All that does not fit, the most telling first. */
function whyOf(facts: Facts, input: JudgeInput): string {
  const { found, expect, promise, outputType, contentType, fileName } = input;
  if (facts.content === 'damaged') return `it ${found.defect ?? 'is damaged'}`;
  const is = `the content is ${describe(found)}`;
  if (facts.expect === 'missed') return `${cleanText(expect?.text ?? '', 80)} is expected, but ${is}`;
  const named = [
    ...(facts.outputType === 'contradicts' || facts.outputType === 'other-version'
      ? [`Output-Type says ${cleanText(outputType ?? '', 80)}`]
      : []),
    ...(facts.name === 'contradicts' ? [`its name is ${cleanText(fileName ?? '', 80)}`] : []),
    ...(facts.type === 'contradicts' ? [`Content-Type says ${cleanText(contentType ?? '', 80)}`] : []),
    ...(facts.expect === 'none' && (facts.promise === 'broken' || facts.promise === 'other-version')
      ? [`the service lists ${cleanText(promise.join(', '), 120)}`]
      : []),
  ];
  return named.length === 0 ? '' : `${named.join(' and ')}, but ${is}`;
}
