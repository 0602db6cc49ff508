// The type of `--input-type` is sent as it is typed, with a warning where a typing error is likely.
import { expect, test } from 'vitest';
import { inputTypeOf } from '../../../src/core/invocation/input-type.js';
import { PLAIN } from '../../../src/protocol/dialects/plain.js';
import { serviceAt } from '../workbench.js';

const LISTED = ['IFC_STEP_4', 'IFC_STEP_2x3TC1'];

test.each<[string, string[], RegExp | null]>([
  [
    'IFC_STPE_4',
    LISTED,
    /does not list IFC_STPE_4 \(it lists IFC_STEP_4, IFC_STEP_2x3TC1\); sending it anyway/,
  ],
  ['ifc4', LISTED, null],
  ['OUR_OWN_TYPE', ['our.own-type'], null],
  ['OUR_OWN_TYPE', [], null],
  ['IFC_XML_4', LISTED, /is IFC_STEP_4 by its content, not IFC_XML_4/],
])('%s for a service that lists %j', (inputType, inputs, warning) => {
  const warnings: string[] = [];
  const silent = () => {};
  const reporter = {
    info: silent,
    instruct: silent,
    debug: silent,
    warn: (line: string) => warnings.push(line),
  };
  const service = serviceAt('http://127.0.0.1:1', { inputs });
  const named = inputTypeOf(
    { detected: { kind: 'model', type: 'IFC_STEP_4', warnings: [] }, path: 'm.ifc' },
    service,
    PLAIN,
    { inputType, allowEmpty: false },
    reporter,
  );
  expect(named).toEqual({ schema: 'IFC_STEP_4', sentAs: inputType });
  expect(warnings).toEqual(warning === null ? [] : [expect.stringMatching(warning)]);
});
