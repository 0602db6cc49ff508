// Reads `markup.bcf`: the topic itself, its comments, and the names of its viewpoints. By structure, for all versions: 3.0 has
// comments and viewpoints inside the topic and lists inside wrappers, 1.0 and 2.x have them beside it.

import { BcfDefect } from './bcf-defect.js';
import { readDateTime, readDay } from './dates.js';
import type { BcfComment, TopicFields } from './topic.js';
import type { XmlHandler } from './xml-reader.js';

/** A viewpoint as the markup names it; the names are relative to the folder of the topic. */
export interface ViewpointReference {
  guid: string | null;
  viewpoint: string | null;
  snapshot: string | null;
}

/** What the markup says. */
export interface Markup extends TopicFields {
  /** Null when the markup has no topic. */
  guid: string | null;
  hasTopic: boolean;
  viewpoints: ViewpointReference[];
  /** One for each date that cannot be read. */
  warnings: string[];
}

type TextField = 'title' | 'priority' | 'stage' | 'description' | 'author' | 'assignedTo' | 'modifiedBy';

// Maps, because a foreign element may have the name of a member that each object has ("constructor").
const TEXTS: ReadonlyMap<string, TextField> = new Map([
  ['Markup/Topic/Title', 'title'],
  ['Markup/Topic/Priority', 'priority'],
  ['Markup/Topic/Stage', 'stage'],
  ['Markup/Topic/Description', 'description'],
  ['Markup/Topic/CreationAuthor', 'author'],
  ['Markup/Topic/AssignedTo', 'assignedTo'],
  ['Markup/Topic/ModifiedAuthor', 'modifiedBy'],
]);

const COMMENTS = ['Markup/Comment', 'Markup/Topic/Comments/Comment'];
const VIEWPOINTS = ['Markup/Viewpoints', 'Markup/Topic/Viewpoints/ViewPoint'];

type CommentText = 'text' | 'author' | 'modifiedBy' | 'verbalStatus' | 'status';

const COMMENT_TEXTS: ReadonlyMap<string, CommentText> = new Map([
  ['Comment', 'text'],
  ['Author', 'author'],
  ['ModifiedAuthor', 'modifiedBy'],
  ['VerbalStatus', 'verbalStatus'],
  ['Status', 'status'],
]);

/** A handler for an XmlReader, and the markup that it fills. */
export function markupHandler(): { handler: XmlHandler; markup: Markup } {
  const markup = emptyMarkup();
  const date = (text: string, what: string, read: (text: string) => string | null): string | null => {
    const found = read(text);
    if (found === null && text !== '') markup.warnings.push(`the ${what} is no date`);
    return found;
  };
  const handler: XmlHandler = {
    open(path, attributes) {
      if (!path.includes('/') && path !== 'Markup')
        throw new BcfDefect(`is no BCF markup: its root is not "Markup"`);
      if (path === 'Markup/Topic') openTopic(markup, attributes);
      else if (COMMENTS.includes(path)) markup.comments.push(emptyComment(attributes.Guid));
      else if (VIEWPOINTS.includes(path))
        markup.viewpoints.push({ guid: attributes.Guid ?? null, viewpoint: null, snapshot: null });
      else if (isChild(path, COMMENTS) === 'Viewpoint') {
        const comment = markup.comments.at(-1);
        if (comment !== undefined) comment.viewpoint = attributes.Guid ?? null;
      } else if (
        /^Markup\/Topic\/RelatedTopics?(\/RelatedTopic)?$/.test(path) &&
        attributes.Guid !== undefined
      )
        markup.relatedTopics.push(attributes.Guid);
    },
    close(path, text) {
      const field = TEXTS.get(path);
      if (field !== undefined) {
        markup[field] ??= text;
        return;
      }
      const inComment = isChild(path, COMMENTS);
      const comment = markup.comments.at(-1);
      if (inComment !== null && comment !== undefined) {
        const own = COMMENT_TEXTS.get(inComment);
        if (own === 'text') comment.text = text === '' ? null : text;
        else if (own !== undefined) comment[own] = text;
        else if (inComment === 'Date') comment.date = date(text, 'date of a comment', readDateTime);
        else if (inComment === 'ModifiedDate')
          comment.modifiedAt = date(text, 'ModifiedDate of a comment', readDateTime);
        return;
      }
      const inViewpoint = isChild(path, VIEWPOINTS);
      const viewpoint = markup.viewpoints.at(-1);
      if (inViewpoint !== null && viewpoint !== undefined) {
        if (inViewpoint === 'Viewpoint') viewpoint.viewpoint = text || null;
        else if (inViewpoint === 'Snapshot') viewpoint.snapshot = text || null;
        return;
      }
      closeTopicPart(markup, path, text, date);
    },
  };
  return { handler, markup };
}

function closeTopicPart(
  markup: Markup,
  path: string,
  text: string,
  date: (text: string, what: string, read: (text: string) => string | null) => string | null,
): void {
  switch (path) {
    case 'Markup/Topic/CreationDate':
      markup.createdAt = date(text, 'CreationDate', readDateTime);
      break;
    case 'Markup/Topic/ModifiedDate':
      markup.modifiedAt = date(text, 'ModifiedDate', readDateTime);
      break;
    case 'Markup/Topic/DueDate':
      markup.dueDate = date(text, 'DueDate', readDay);
      break;
    case 'Markup/Topic/Labels':
    case 'Markup/Topic/Labels/Label':
      if (text !== '') markup.labels.push(text);
      break;
    case 'Markup/Topic/ReferenceLink':
    case 'Markup/Topic/ReferenceLinks/ReferenceLink':
      if (text !== '') markup.referenceLinks.push(text);
      break;
  }
}

function openTopic(markup: Markup, attributes: Readonly<Record<string, string>>): void {
  if (markup.hasTopic) throw new BcfDefect('holds more than one topic');
  markup.hasTopic = true;
  markup.guid = attributes.Guid?.trim() || null;
  markup.type = attributes.TopicType?.trim() ?? null;
  markup.status = attributes.TopicStatus?.trim() ?? null;
}

/** The name of the element at `path` where it is a child of one of `parents`; otherwise null. */
function isChild(path: string, parents: readonly string[]): string | null {
  const slash = path.lastIndexOf('/');
  return parents.includes(path.slice(0, slash)) ? path.slice(slash + 1) : null;
}

function emptyMarkup(): Markup {
  return {
    guid: null,
    hasTopic: false,
    title: null,
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
    warnings: [],
  };
}

function emptyComment(guid: string | undefined): BcfComment {
  return {
    guid: guid?.trim() || null,
    text: null,
    author: null,
    date: null,
    modifiedAt: null,
    modifiedBy: null,
    viewpoint: null,
    verbalStatus: null,
    status: null,
  };
}
