// `bcf` of 2,000 topics, compared with bcf-client of IfcOpenShell; and its memory with large pictures in the archive.

import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { ZipFile } from 'yazl';
import { output } from '../environment.mjs';
import { measureInTurns } from '../measure.mjs';
import { ratioRow } from '../rows.mjs';

const TOPICS = 2000;
const SCRIPT = fileURLToPath(new URL('../../test/local/bcf-client.py', import.meta.url));
const GOAL = 0.5;
const MEMORY_GOAL = 1.1;

export const runs = 5;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const { folder, command, ours } = await environment.workspace('bcf');
  const small = join(folder, 'small.bcf');
  const large = join(folder, 'large.bcf');
  await writeArchive(small, 4000);
  await writeArchive(large, 100_000);
  const { results } = JSON.parse(await output(ours(['bcf', small, '--json', '--quiet'])));
  if (results[0].topics.length !== TOPICS) throw new Error(`${results[0].topics.length} topics were read`);
  const python = pythonWithClient();
  if (python === null) console.log('python3 with bcf-client was not found: this peer of bcf is left out');
  // The library is found in the home of the user.
  const env = { HOME: process.env.HOME ?? '' };
  const peer =
    python === null
      ? []
      : [command(python, [SCRIPT, small])].map((each) => ({ ...each, env: { ...each.env, ...env } }));
  const [ofSmall = [], ofLarge = [], byClient = []] = await measureInTurns(
    [ours(['bcf', small, '--json']), ours(['bcf', large, '--json']), ...peer],
    { runs, usage: true },
  );
  const memory = ratioRow({
    work: 'peak memory of `bcf`, pictures of 200 MB',
    peer: 'pictures of 8 MB',
    ours: ofLarge,
    theirs: ofSmall,
    of: 'peakBytes',
    goal: MEMORY_GOAL,
  });
  if (python === null) return [memory];
  const pair = { peer: 'bcf-client', ours: ofSmall, theirs: byClient, goal: GOAL };
  return [
    ratioRow({ ...pair, work: `\`bcf\`, ${TOPICS} topics: wall`, of: 'wallMs' }),
    ratioRow({ ...pair, work: `\`bcf\`, ${TOPICS} topics: CPU`, of: 'cpuMs' }),
    memory,
  ];
}

/**
 * An archive as a clash check writes it.
 * @param {string} path
 * @param {number} pictureBytes
 */
async function writeArchive(path, pictureBytes) {
  const zip = new ZipFile();
  const picture = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47]), Buffer.alloc(pictureBytes - 4, 1)]);
  zip.addBuffer(
    Buffer.from('<Version VersionId="2.1"><DetailedVersion>2.1</DetailedVersion></Version>'),
    'bcf.version',
  );
  for (let at = 0; at < TOPICS; at += 1) {
    const guid = `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
    zip.addBuffer(Buffer.from(markup(at, guid)), `${guid}/markup.bcf`);
    zip.addBuffer(Buffer.from(viewpoint(at, guid)), `${guid}/viewpoint.bcfv`);
    zip.addBuffer(picture, `${guid}/snapshot.png`, { compress: false });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

/** @param {number} at @param {string} guid */
function markup(at, guid) {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Markup><Topic Guid="${guid}" TopicType="Clash" TopicStatus="Open"><Title>Duct ${at} meets beam ${at}</Title><Priority>High</Priority><Index>${at}</Index><CreationDate>2026-01-01T00:00:00Z</CreationDate><CreationAuthor>checker@bim.example</CreationAuthor><Description>They overlap by ${at} mm.</Description></Topic><Comment Guid="${guid}"><Date>2026-01-01T00:00:00Z</Date><Author>checker@bim.example</Author><Comment>Move the duct.</Comment><Viewpoint Guid="${guid}"/></Comment><Viewpoints Guid="${guid}"><Viewpoint>viewpoint.bcfv</Viewpoint><Snapshot>snapshot.png</Snapshot></Viewpoints></Markup>`;
}

/** @param {number} at @param {string} guid */
function viewpoint(at, guid) {
  const ids = Array.from({ length: 6 }, (_, n) => String(at * 6 + n).padStart(22, '0'));
  const components = ids.map((id) => `<Component IfcGuid="${id}"/>`).join('');
  /** @param {string} name */
  const point = (name) => `<${name}><X>1</X><Y>2</Y><Z>3</Z></${name}>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<VisualizationInfo Guid="${guid}"><Components><Selection>${components}</Selection><Visibility DefaultVisibility="true"/></Components><PerspectiveCamera>${point('CameraViewPoint')}${point('CameraDirection')}${point('CameraUpVector')}<FieldOfView>60</FieldOfView></PerspectiveCamera></VisualizationInfo>`;
}

/** The interpreter itself; null when it or the library is missing. */
function pythonWithClient() {
  const found = spawnSync('python3', ['-c', 'import bcf.bcfxml, sys; print(sys.executable)'], {
    encoding: 'utf8',
  });
  return found.status === 0 ? found.stdout.trim() : null;
}
