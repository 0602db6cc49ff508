// Compiles published schemas into code, so that no command loads ajv (npm run build).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';

const NAMES = ['repository-entry', 'serve-config'];
const FOLDER = new URL('../src/protocol/generated/', import.meta.url);

mkdirSync(FOLDER, { recursive: true });
for (const name of NAMES) {
  const ajv = new Ajv2020({
    allowUnionTypes: true,
    ownProperties: true,
    // Lengths in UTF-16 units: the code then needs nothing of ajv's. The schemas ask for non-empty texts only.
    unicode: false,
    logger: false,
    code: { source: true, esm: true },
  });
  const schema = new URL(`../schemas/${name}.schema.json`, import.meta.url);
  const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')));
  const head = `// Made by build/validators.mjs from schemas/${name}.schema.json.\n`;
  const code = standaloneCode.default(ajv, validate);
  if (/\brequire\(/.test(code)) throw new Error(`the compiled validator of ${name} needs a module of ajv`);
  writeFileSync(new URL(`${name}.js`, FOLDER), head + code);
  writeFileSync(
    new URL(`${name}.d.ts`, FOLDER),
    `${head}import type { ErrorObject } from 'ajv';

declare const validate: {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export default validate;
`,
  );
}
