// The one table of what a response is: a result, a result with a warning, an error, or nothing. docs/results.md is made from it.

/** What the rules look at. Each value is the outcome of one comparison. */
export interface Facts {
  /** `partial` is 206, `gateway` is 502 and 504, `refusal` is every other status that is no success. */
  status: 'success' | 'accepted' | 'no-content' | 'partial' | 'gateway' | 'refusal';
  /**
   * `error`: the service's own error. `own-format`: BCF, IFC, an office file, PDF, glTF: content that shows its format, with any
   * label. `plain`: text, JSON, XML, HTML, other archives, unknown bytes. `blank-allowed`: blank, with `--allow-empty`.
   */
  content: 'error' | 'blank' | 'blank-allowed' | 'damaged' | 'own-format' | 'plain';
  /** The content compared with `--expect`. */
  expect: 'none' | 'met' | 'missed';
  /** The content compared with the entry's `outputs`; `nothing` where they are empty, or hold a type that is not known. */
  promise: 'nothing' | 'kept' | 'other-version' | 'broken';
  /** The content compared with `Output-Type`. */
  outputType: 'silent' | 'agrees' | 'other-version' | 'contradicts';
  /** The content compared with the extension of the file name. */
  name: 'silent' | 'agrees' | 'contradicts';
  /** The content compared with `Content-Type`. */
  type: 'silent' | 'agrees' | 'contradicts';
}

/** What becomes of a response. */
export type Ruling =
  | 'result'
  | 'result-with-warning'
  | 'no-result'
  | 'empty'
  | 'service-error'
  | 'not-a-result'
  | 'incomplete'
  | 'accepted'
  | 'unknown'
  | 'refused';

export const RULINGS: Readonly<Record<Ruling, string>> = {
  result: 'result',
  'result-with-warning': 'result, with a warning',
  'no-result': 'no result, exit 0 (exit 8 with `-o FILE` or `--expect`)',
  empty: 'exit 8, `result-missing`',
  'service-error': 'exit 6, `service-failed`',
  'not-a-result': 'exit 8, `result-unexpected`',
  incomplete: 'exit 8, `result-incomplete`',
  accepted: 'exit 9, `accepted`',
  unknown: 'exit 9, `outcome-unknown`',
  refused: 'exit 4, 5 or 6, by the status',
};

export interface Rule {
  id: string;
  /** A fact that is not named may have any value. */
  when: { readonly [F in keyof Facts]?: readonly Facts[F][] };
  ruling: Ruling;
  reason: string;
  example: string;
}

const FITS = ['silent', 'agrees'] as const;

/** The first rule that applies decides. The last one always applies. */
export const RULES: readonly Rule[] = [
  {
    id: 'accepted',
    when: { status: ['accepted'] },
    ruling: 'accepted',
    reason: 'The service has queued the model. A ticket is not a result, and the job may run.',
    example: '202 with `{"id":"1","status":"queued"}`',
  },
  {
    id: 'no-content',
    when: { status: ['no-content'] },
    ruling: 'no-result',
    reason: 'The service has worked and has nothing to report.',
    example: '204 from a check that found no clash',
  },
  {
    id: 'partial',
    when: { status: ['partial'] },
    ruling: 'incomplete',
    reason: 'No part was asked for, so this cannot be the whole result.',
    example: '206 with the first 20 bytes',
  },
  {
    id: 'gateway',
    when: { status: ['gateway'] },
    ruling: 'unknown',
    reason: 'The gateway has stopped waiting. The service behind it has the model and may be working.',
    example: '504 after two minutes',
  },
  {
    id: 'refusal',
    when: { status: ['refusal'] },
    ruling: 'refused',
    reason: 'The status says what went wrong, and the body says why.',
    example: '413 with `at most 100 MB`',
  },
  {
    id: 'service-error',
    when: { content: ['error'] },
    ruling: 'service-error',
    reason: 'The service reports an error in its own words. No label turns that into a result.',
    example: '`{"code":5,"message":"…"}` under `Output-Type: BCF_ZIP_2_1`',
  },
  {
    id: 'blank',
    when: { content: ['blank'] },
    ruling: 'empty',
    reason: 'Blanks and zero bytes hold nothing. `--allow-empty` takes them.',
    example: 'a body of two line ends',
  },
  {
    id: 'damaged',
    when: { content: ['damaged'] },
    ruling: 'not-a-result',
    reason: 'A cut archive, or cut JSON where JSON was named, cannot be used.',
    example: 'a zip archive without its directory',
  },
  {
    id: 'expect-missed',
    when: { expect: ['missed'] },
    ruling: 'not-a-result',
    reason: '`--expect` accepts only that type, that family or that media type.',
    example: 'BCF 3.0 with `--expect BCF_ZIP_2_1`',
  },
  {
    id: 'blank-allowed',
    when: { content: ['blank-allowed'] },
    ruling: 'result',
    reason: '`--allow-empty` says that an empty result is one.',
    example: 'an empty body with `--allow-empty`',
  },
  {
    id: 'expected',
    when: { expect: ['met'], outputType: FITS, name: FITS, type: FITS },
    ruling: 'result',
    reason: 'It is what was asked for.',
    example: 'BCF 2.1 with `--expect BCF`',
  },
  {
    id: 'expected-with-odd-label',
    when: { expect: ['met'] },
    ruling: 'result-with-warning',
    reason: 'It is what was asked for. The content decides, and the wrong label is named.',
    example: 'BCF under `Content-Type: text/html` with `--expect BCF`',
  },
  {
    id: 'promised',
    when: { promise: ['kept'], outputType: FITS, name: FITS, type: FITS },
    ruling: 'result',
    reason: 'It is what the list promises.',
    example: 'BCF from a service that lists BCF',
  },
  {
    id: 'promised-with-odd-label',
    when: { promise: ['kept'] },
    ruling: 'result-with-warning',
    reason: 'It is what the list promises. The content decides, and the wrong label is named.',
    example: 'BCF named `clash.txt` from a service that lists BCF',
  },
  {
    id: 'other-version',
    when: { promise: ['other-version'] },
    ruling: 'result-with-warning',
    reason: 'Most programs read several versions. The warning names both.',
    example: 'BCF 3.0 from a service that lists BCF 2.1',
  },
  {
    id: 'says-so-by-output-type',
    when: { promise: ['broken'], outputType: ['agrees', 'other-version'], name: FITS },
    ruling: 'result-with-warning',
    reason:
      'Another kind than the list promises, but the response says truly what it is. `--expect` refuses it.',
    example: '`Output-Type: VALIDATION_JSON_1_0` over JSON, from a service that lists BCF',
  },
  {
    id: 'says-so-by-name-and-type',
    when: { promise: ['broken'], outputType: ['silent'], name: ['agrees'], type: ['agrees'] },
    ruling: 'result-with-warning',
    reason:
      'Another kind than the list promises, but name and type say truly what it is. `--expect` refuses it.',
    example: '`report.json` as `application/json`, from a service that lists BCF',
  },
  {
    id: 'promise-broken',
    when: { promise: ['broken'] },
    ruling: 'not-a-result',
    reason: 'Another kind than the list promises, and the response does not say so.',
    example: 'a web page from a service that lists BCF; a zip archive without BCF named `r.bcf`',
  },
  {
    id: 'output-type-false',
    when: { outputType: ['contradicts'] },
    ruling: 'not-a-result',
    reason: 'The content contradicts the type that the service itself names.',
    example: 'plain text under `Output-Type: BCF_ZIP_2_1`',
  },
  {
    id: 'plain-named-otherwise',
    when: { content: ['plain'], name: ['contradicts'] },
    ruling: 'not-a-result',
    reason: 'The name says that it is something else, and plain content does not show what it is.',
    example: 'text named `r.bcf`',
  },
  {
    id: 'plain-typed-otherwise',
    when: { content: ['plain'], type: ['contradicts'] },
    ruling: 'not-a-result',
    reason: 'The media type says that it is something else, and plain content does not show what it is.',
    example: 'text as `application/zip`',
  },
  {
    id: 'format-labeled-otherwise',
    when: { content: ['own-format'], name: ['contradicts'] },
    ruling: 'result-with-warning',
    reason: 'The format is beyond doubt. The content decides, also about the extension.',
    example: 'BCF named `clash.json` from a service that promises nothing',
  },
  {
    id: 'format-typed-otherwise',
    when: { content: ['own-format'], type: ['contradicts'] },
    ruling: 'result-with-warning',
    reason: 'The format is beyond doubt, and a media type is often the default of the web server.',
    example: 'IFC as `application/json` from a service that promises nothing',
  },
  {
    id: 'labeled-other-version',
    when: { outputType: ['other-version'] },
    ruling: 'result-with-warning',
    reason: 'Most programs read several versions. The warning names both.',
    example: 'BCF 3.0 under `Output-Type: BCF_ZIP_2_1`',
  },
  {
    id: 'anything',
    when: {},
    ruling: 'result',
    reason: 'A service that promises nothing may send anything but an error.',
    example: 'plain text without any label',
  },
];

/** The rule that decides about a response. */
export function ruleFor(facts: Facts): Rule {
  const applies = ({ when }: Rule) =>
    keysOf(when).every((fact) => {
      const wanted: readonly string[] | undefined = when[fact];
      return wanted?.includes(facts[fact]) ?? true;
    });
  const rule = RULES.find(applies);
  if (rule === undefined) throw new Error('no rule applies to a response');
  return rule;
}

export function keysOf(when: Rule['when']): (keyof Facts)[] {
  const all = ['status', 'content', 'expect', 'promise', 'outputType', 'name', 'type'] as const;
  return all.filter((fact) => when[fact] !== undefined);
}
