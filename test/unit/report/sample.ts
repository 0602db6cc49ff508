// Reports for tests: topics with what real ones have, and with texts that try to break out of each format.
import type { Report, ReportedModel, ReportedTopic } from '../../../src/core/report/report.js';
import type { BcfTopic } from '../../../src/protocol/bcf/topic.js';
import { topic } from '../findings/topics.js';

export const HOSTILE =
  '</script><img src=x onerror="document.title=\'broken\'">]]>\u0007\u202e|`@team` [a](http://evil.test) %0A::error::x';

export function topicOf(more: Partial<BcfTopic> = {}): BcfTopic {
  return topic({
    guid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    title: 'Wall without a fire rating',
    status: 'Open',
    type: 'Error',
    description: 'The wall needs a rating.',
    author: 'ada@example.org',
    createdAt: '2026-11-27T10:00:00Z',
    globalIds: ['2O2Fr$t4X7Zf8NOew3FLOH'],
    ...more,
  });
}

export function reported(fields: Partial<BcfTopic> = {}, more: Partial<ReportedTopic> = {}): ReportedTopic {
  return {
    topic: topicOf(fields),
    level: 'error',
    isClosed: false,
    change: null,
    picture: null,
    ...more,
  };
}

export function modelOf(more: Partial<ReportedModel> = {}): ReportedModel {
  return {
    path: 'models/house.ifc',
    service: 'check',
    topics: [],
    gone: [],
    gates: [],
    error: null,
    ...more,
  };
}

export function reportOf(...models: ReportedModel[]): Report {
  return { version: '1.2.3', createdAt: '2026-11-27T12:30:00.000Z', models };
}

/** Of each kind of content, one. */
export function fullReport(): Report {
  return reportOf(
    modelOf({
      topics: [
        reported(
          { guid: 'c0ffee00-0000-4000-8000-000000000001', title: 'Note', type: 'Info' },
          { level: 'note', change: 'persisting' },
        ),
        reported({}, { change: 'new' }),
        reported({
          title: HOSTILE,
          type: HOSTILE,
          description: HOSTILE,
          guid: 'not a guid',
          priority: 'Critical',
        }),
        reported({ title: 'Done', status: 'Closed' }, { level: 'note', isClosed: true }),
      ],
      gone: [topicOf({ title: 'Was there' })],
      gates: [
        { gate: 'topics>0', state: 'found', reason: '4 topics', topics: [] },
        { gate: 'priority>=Major', state: 'passed', reason: 'none', topics: [] },
      ],
    }),
    modelOf({ path: 'models/empty.ifc' }),
    modelOf({ path: 'models/bad one.ifc', error: { code: 'service-failed', message: HOSTILE } }),
  );
}
