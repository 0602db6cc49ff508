// A vitest reporter that writes docs/interoperability.md from the tests that ran (vitest.peers.config.ts).
import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import './peer-meta.js';
import { READ_ONLY } from './read-only-peers.js';

const FILE = new URL('../../docs/interoperability.md', import.meta.url);

interface Row {
  peer: string;
  version: string;
  ran: string;
  passed: number;
  failed: number;
}

export default class InteroperabilityReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const rows = new Map<string, Row>();
    for (const module of modules) {
      for (const test of module.children.allTests()) count(test, rows);
    }
    const sorted = [...rows.values()].sort((a, b) => a.peer.localeCompare(b.peer, 'en'));
    writeFileSync(FILE, documentOf(sorted));
    console.info(`docs/interoperability.md: ${sorted.length} rows`);
  }
}

function count(test: TestCase, rows: Map<string, Row>): void {
  const { peer } = test.meta();
  const { state } = test.result();
  if (peer === undefined || (state !== 'passed' && state !== 'failed')) return;
  const ran = peer.ran ?? groupOf(test);
  const key = `${peer.name}\n${ran}`;
  const row = rows.get(key) ?? { peer: peer.name, version: peer.version, ran, passed: 0, failed: 0 };
  row[state] += 1;
  rows.set(key, row);
}

/** The outermost group of a test, or the test's own title. */
function groupOf(test: TestCase): string {
  let title = test.name;
  for (let at = test.parent; at.type === 'suite'; at = at.parent) title = at.name;
  return title;
}

function documentOf(rows: readonly Row[]): string {
  const ran = rows.map(({ peer, version, ran: what, passed, failed }) => [
    peer,
    version,
    what,
    failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} failed`,
  ]);
  const read = READ_ONLY.map(({ name, known }) => [name, known]);
  return `# Interoperability

Made by \`npm run test:peers\` (with a released BIMserver) or \`npm run interoperability\` (without) from the tests that ran; do not edit by hand. A row is a
group of tests of \`test/dialects\` or \`test/serve\`, with the real program and real sockets. A double is a strict server or client of this project, written from what is known of the peer's protocol: it shows that we follow
what is known, not that the peer does. Numbers in brackets are sections of the protocol notes that this project was built from.

\`npm run test:peers\` fetches the released BIMserver with Maven, and needs a JDK. Elsewhere the tests with its jar (\`BIMSERVICE_BIMSERVER_JAR\`,
\`BIMSERVICE_IFCPLUGINS_JAR\`) are skipped. What its users need to know: [bimserver.md](bimserver.md).

${tableOf(['peer', 'version', 'what was run', 'result'], ran)}

## Only read

These were not run against this program yet. What is known about them is from their source, their documentation or their clients.

${tableOf(['peer', 'what the program does for it'], read)}
`;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
