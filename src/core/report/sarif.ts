// SARIF 2.1.0 (OASIS) as GitHub's code scanning takes it: one run, a result a topic. Limits: docs/reports.md.
import { cleanText } from '../../protocol/text/clean-text.js';
import { Fingerprints, fingerprintOf } from './fingerprint.js';
import { type Report, type ReportedModel, type ReportedTopic, worstFirst } from './report.js';
import { factsOf, titleOf } from './topic-facts.js';

/** GitHub shows 5,000 results of a run and refuses 25,000. */
const MOST_RESULTS = 5000;
const MOST_IDS = 100;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

type Located = ReportedTopic & { model: ReportedModel };

export function sarifText(report: Report): string {
  const all = worstFirst(
    report.models.flatMap((model) => model.topics.map((topic): Located => ({ ...topic, model }))),
  );
  const shown = all.slice(0, MOST_RESULTS);
  const fingerprints = new Fingerprints();
  const services = [...new Set(report.models.flatMap(({ service }) => service ?? []))];
  const failures = report.models.flatMap(({ path, error }) => (error === null ? [] : [{ path, error }]));
  const cut = all.length - shown.length;
  const notes = [
    ...failures.map(({ path, error }) => `${path}: ${error.code}: ${error.message}`),
    ...(cut > 0 ? [`${cut} more topics are not in this report`] : []),
  ];
  const run = {
    tool: {
      driver: {
        name: 'bimservice',
        version: report.version,
        rules: [...new Set(shown.map(ruleOf))].map((id) => ({ id, name: id })),
      },
    },
    automationDetails: { id: `bimservice/${services.join('+') || 'bcf'}/` },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: failures.length === 0,
        endTimeUtc: report.createdAt,
        toolExecutionNotifications: notes.map((text) => ({
          level: 'error',
          message: { text: cleanText(text, 1000) },
        })),
      },
    ],
    results: shown.map((topic) => resultOf(topic, fingerprints)),
  };
  const document = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function ruleOf({ topic }: ReportedTopic): string {
  return cleanText(topic.type ?? '', 80) || 'topic';
}

function resultOf(reported: Located, fingerprints: Fingerprints): object {
  const { topic, level, change, model, isClosed } = reported;
  const facts = factsOf(topic).map(([name, value]) => `${name}: ${value}`);
  const text = [titleOf(topic), cleanText(topic.description ?? '', 2000), ...facts]
    .filter(Boolean)
    .join('\n');
  return {
    ruleId: ruleOf(reported),
    level,
    message: { text },
    ...(UUID.test(topic.guid) ? { guid: topic.guid.toLowerCase() } : {}),
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(model.path) },
          // A model has no lines that mean anything; code scanning shows nothing without one.
          region: { startLine: 1 },
        },
        logicalLocations: topic.globalIds
          .slice(0, MOST_IDS)
          .map((id) => ({ name: cleanText(id, 60), kind: 'object' })),
      },
    ],
    partialFingerprints: {
      'globalIds/v1': fingerprintOf(topic),
      primaryLocationLineHash: fingerprints.of(topic, model.path),
    },
    ...(change === null ? {} : { baselineState: change === 'new' ? 'new' : 'unchanged' }),
    ...(isClosed ? { suppressions: [{ kind: 'external', status: 'accepted' }] } : {}),
  };
}

/** A relative reference (RFC 3986 4.2): code scanning takes no other. */
function uriOf(path: string): string {
  const uri = path.toWellFormed().split('/').map(encodeURIComponent).join('/');
  return uri === '' ? 'model' : uri;
}
