// Compiles the schema of a repository's entry into code, so that no command loads ajv (npm run build).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';

const SCHEMA = new URL('../schemas/repository-entry.schema.json', import.meta.url);
const FOLDER = new URL('../src/protocol/generated/', import.meta.url);

const ajv = new Ajv2020({
  allowUnionTypes: true,
  ownProperties: true,
  // Lengths in UTF-16 units, so that the code needs no module of ajv. The schema only requires non-empty texts.
  unicode: false,
  logger: false,
  code: { source: true, esm: true },
});
const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
const head = '// Made by build/validators.mjs from schemas/repository-entry.schema.json.\n';
const code = standaloneCode.default(ajv, validate);
if (/\brequire\(/.test(code)) throw new Error('the compiled validator needs a module of ajv');

mkdirSync(FOLDER, { recursive: true });
writeFileSync(new URL('repository-entry.js', FOLDER), head + code);
writeFileSync(
  new URL('repository-entry.d.ts', FOLDER),
  `${head}import type { ErrorObject } from 'ajv';

declare const validate: {
  (entry: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export default validate;
`,
);
