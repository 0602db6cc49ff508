// Topics for tests of gates and comparison.
import type { BcfTopic } from '../../../src/protocol/bcf/topic.js';

let made = 0;

/** A topic; a GUID of its own unless one is given. */
export function topic(fields: Partial<BcfTopic> = {}): BcfTopic {
  const guid = fields.guid ?? `guid-${++made}`;
  return {
    title: 'A title',
    status: null,
    type: null,
    priority: null,
    labels: [],
    stage: null,
    description: null,
    author: null,
    assignedTo: null,
    createdAt: null,
    modifiedAt: null,
    modifiedBy: null,
    dueDate: null,
    referenceLinks: [],
    relatedTopics: [],
    comments: [],
    viewpoints: [],
    globalIds: [],
    entry: `${guid}/markup.bcf`,
    ...fields,
    guid,
  };
}
