// What the bundle is made of, for those who look after the supply chain: licenses with their text, and a bill of materials.
// The packages are in the bundle, so `npm audit` of an installation does not see them; a scanner reads the bill.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licenses that a program under the MIT license may contain in one file with itself. Every other one ends the build. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/** The packages that `paths` of modules come from, by name and version. */
export function packagesOf(paths) {
  const folders = new Set(paths.flatMap((path) => packageOf(path)?.folder ?? []));
  const found = [...folders].sort().map((folder) => {
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { name, version, license, folder, author: typeof author === 'string' ? author : author?.name };
  });
  if (found.length === 0) throw new Error('no package was found in the bundle');
  return found;
}

/** The package of a module, or null for a module of this project. */
export function packageOf(path) {
  const [folder, name] = /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path) ?? [];
  return folder === undefined ? null : { folder, name: name.replaceAll('\\', '/') };
}

/** True for an SPDX expression that allows the use: one side of each OR, both sides of each AND. */
export function isAllowed(license) {
  if (typeof license !== 'string') return false;
  const plain = license.trim().replace(/^\((.*)\)$/, '$1');
  if (plain.includes('(')) return false;
  return plain.split(' OR ').some((side) => side.split(' AND ').every((id) => ALLOWED.has(id.trim())));
}

/** Throws where a package has a license that is not allowed, or none. */
export function checkLicenses(packages) {
  const bad = packages.filter(({ license }) => !isAllowed(license));
  if (bad.length === 0) return;
  const named = bad.map(({ name, version, license }) => `${name} ${version}: ${license ?? 'no license'}`);
  throw new Error(`these licenses are not allowed in the bundle: ${named.join('; ')}`);
}

/** The licenses of all packages with their text. Throws where a package brings none. */
export function licensesText(packages) {
  const texts = packages.map(({ name, version, license, folder, author }) => {
    const text =
      licenseFile(folder) ?? (license === 'MIT' ? mitText(author ?? `the authors of ${name}`) : null);
    if (text === null) throw new Error(`${name} ${version} (${license}) brings no text of its license`);
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  const line = `\n${'-'.repeat(70)}\n\n`;
  return `The program in this folder contains the packages below, under their own licenses.\n\n${texts.join(line)}`;
}

/** For a package that names the license and leaves the text out. */
function mitText(author) {
  return readFileSync(new URL('../LICENSE', import.meta.url), 'utf8')
    .trim()
    .replace(/^Copyright .*$/m, `Copyright (c) ${author}`);
}

function licenseFile(folder) {
  const names = readdirSync(folder);
  const file = names.find((entry) => /^(?:licen[cs]e|copying|mit-license)/i.test(entry));
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim();
  const readme = names.find((entry) => /^readme/i.test(entry));
  const text = readme === undefined ? '' : readFileSync(join(folder, readme), 'utf8');
  const start = text.search(/permission is hereby granted|^#+ *licen[cs]e/im);
  return start === -1 ? null : text.slice(start).trim();
}

/** The bill of materials in CycloneDX 1.6. It has no date, so that the same source makes the same file. */
export function billOfMaterials(packages, { name, version, license, description }) {
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': `pkg:npm/${name}@${version}`,
        name,
        version,
        description,
        licenses: [{ license: { id: license } }],
        purl: `pkg:npm/${name}@${version}`,
      },
    },
    components: packages.map(component),
    dependencies: [{ ref: `pkg:npm/${name}@${version}`, dependsOn: packages.map((each) => purlOf(each)) }],
  };
}

function component({ name, version, license }) {
  const purl = purlOf({ name, version });
  const isExpression = / (?:OR|AND) /.test(license);
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    scope: 'required',
    licenses: [isExpression ? { expression: license } : { license: { id: license } }],
    purl,
  };
}

/** The `@` of a scope is written as %40 (purl specification). */
function purlOf({ name, version }) {
  return `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
}
