// Real BCF archives as the responses of a server: each is saved byte for byte, or kept as rejected where it holds no BCF.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { OpenService } from '../support/open-service.js';

interface Expected {
  bcf: Record<string, { version?: string | null; notBcf?: boolean; unreadable?: boolean }>;
}

const folder = fileURLToPath(new URL('../../../shared/bimdata/', import.meta.url));
const present = existsSync(`${folder}expected.json`);
if (!present) console.warn('skipped: no folder shared/bimdata beside the project');
const expected: Expected = present ? JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')) : { bcf: {} };
const archives = present ? readdirSync(`${folder}bcf`).map((name) => `bcf/${name}`) : [];

describe.skipIf(!present)('BCF archives of bimdata as responses', () => {
  it.each(archives.flatMap((file) => ['2_0', '2_1', '3_0'].map((label) => [file, label] as const)))(
    '%s under Output-Type BCF_ZIP_%s',
    async (file, label) => {
      const body = await readFile(folder + file);
      const fileName = file.slice('bcf/'.length);
      await using at = await OpenService.start(
        {
          status: 200,
          headers: [
            ['Output-Type', `BCF_ZIP_${label}`],
            ['Content-Disposition', `attachment; filename="${fileName}"`],
          ],
          body,
        },
        { outputs: [`BCF_ZIP_${label}`] },
      );
      const { code, stderr } = await at.invoke(['model.ifc', '-o', 'out/', '--no-receipt']);
      const out = join(at.workspace.folder, 'out');
      const names = await readdir(out);
      const version = expected.bcf[file]?.version ?? null;
      expect(code, stderr).toBe(version === null ? 8 : 0);
      expect(names).toEqual([version === null ? `${fileName}.rejected` : fileName]);
      expect((await readFile(join(out, names[0] ?? ''))).equals(body)).toBe(true);
      if (version === null) return;
      const found = version.replace('.', '_');
      const warnings = stderr.split('\n').filter((line) => line.startsWith('warning: '));
      if (found === label) expect(warnings).toEqual([]);
      else
        expect(warnings.join('\n')).toMatch(
          new RegExp(`BCF_ZIP_${label}\\b.*but the content is BCF_ZIP_${found}\\b`),
        );
    },
  );
});
