// JUnit XML as Jenkins, GitLab and Azure read it: a suite a model, a case a topic. Limits: docs/reports.md.
import { cleanText } from '../../protocol/text/clean-text.js';
import { escapeMarkup } from '../../protocol/text/escape-markup.js';
import { Fingerprints } from './fingerprint.js';
import { type Report, type ReportedModel, type ReportedTopic, worstFirst } from './report.js';
import { factsOf, titleOf } from './topic-facts.js';

/** GitLab takes 250,000 XML objects and 30 MB; a case with its failure and text is three objects and about 500 bytes. */
const MOST_CASES = 40_000;
const MOST_TEXT = 4000;

/** The XML of a report. A model without topics has one case that passes: a suite without a case is a failure for Jenkins. */
export function junitText(report: Report): string {
  let left = MOST_CASES;
  const suites = report.models.map((model) => {
    const cases = casesOf(model, left);
    left = Math.max(0, left - cases.length);
    return { model, cases };
  });
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="bimservice" ${counts(all)}>`,
    ...suites.map(({ model, cases }) => suite(report, model, cases)),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case {
  state: 'passed' | 'failure' | 'error' | 'skipped';
  xml: string;
}

function casesOf(model: ReportedModel, most: number): Case[] {
  const { path, topics, error, gates } = model;
  const cases: Case[] = [];
  if (error !== null)
    cases.push(
      testCase(path, 'run', 'error', { type: error.code, message: error.message, text: error.message }),
    );
  for (const { gate, state, reason } of gates) {
    const name = `gate ${cleanText(gate, 200)}`;
    if (state === 'passed') cases.push(testCase(path, name, 'passed'));
    else
      cases.push(testCase(path, name, 'failure', { type: `gate-${state}`, message: reason, text: reason }));
  }
  const shown = worstFirst(topics).slice(0, Math.max(0, most - cases.length - 1));
  // Pipelines know a case by its name, and most tools give a topic a new GUID in each run.
  const fingerprints = new Fingerprints();
  cases.push(...shown.map((topic) => topicCase(path, topic, shortOf(fingerprints.of(topic.topic, path)))));
  const cut = topics.length - shown.length;
  if (cut > 0) {
    const message = `${cut} more topics, which are not in this report`;
    cases.push(testCase(path, 'more topics', 'failure', { type: 'more', message, text: message }));
  }
  return cases.length > 0 ? cases : [testCase(path, 'no topics', 'passed')];
}

/** The first eight digits of a fingerprint, and the number of those that are equal. */
function shortOf(fingerprint: string): string {
  const [digits = '', times] = fingerprint.split(':');
  return [digits.slice(0, 8), ...(times === undefined ? [] : [times])].join(':');
}

function topicCase(path: string, { topic, isClosed, change, level }: ReportedTopic, mark: string): Case {
  const name = `${titleOf(topic)} [${mark}]`;
  const message = [titleOf(topic), change].filter(Boolean).join(', ');
  if (isClosed) return testCase(path, name, 'skipped', { message: cleanText(topic.status ?? 'closed', 60) });
  const facts = factsOf(topic).map(([label, value]) => `${label}: ${value}`);
  const text = [cleanText(topic.description ?? '', MOST_TEXT), ...facts].filter(Boolean).join('\n');
  return testCase(path, name, 'failure', { type: cleanText(topic.type ?? '', 60) || level, message, text });
}

interface Detail {
  type?: string;
  message: string;
  text?: string;
}

function testCase(path: string, name: string, state: Case['state'], detail?: Detail): Case {
  const open = `    <testcase classname="${attribute(path)}" name="${attribute(name)}"`;
  if (state === 'passed' || detail === undefined) return { state, xml: `${open}/>` };
  const { type, message, text } = detail;
  const kind = type === undefined ? '' : ` type="${attribute(type)}"`;
  const inside = `<${state}${kind} message="${attribute(message)}">${escapeMarkup(text ?? '')}</${state}>`;
  return { state, xml: `${open}>${inside}</testcase>` };
}

function suite(report: Report, { path }: ReportedModel, cases: readonly Case[]): string {
  const head = `  <testsuite name="${attribute(path)}" ${counts(cases)} skipped="${count(cases, 'skipped')}" timestamp="${report.createdAt.slice(0, 19)}">`;
  return [head, ...cases.map(({ xml }) => xml), '  </testsuite>'].join('\n');
}

function counts(cases: readonly Case[]): string {
  return `tests="${cases.length}" failures="${count(cases, 'failure')}" errors="${count(cases, 'error')}"`;
}

function count(cases: readonly Case[], state: Case['state']): number {
  return cases.filter((each) => each.state === state).length;
}

function attribute(text: string): string {
  return escapeMarkup(cleanText(text, 1000));
}
