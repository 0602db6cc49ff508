// What a BCF archive says, in one form for BCF 1.0, 2.0, 2.1 and 3.0 (buildingSMART BCF-XML: markup.xsd, visinfo.xsd).

/**
 * What the markup says of a topic. A text is null where the file has no such element, and empty where the element or attribute
 * is empty. Texts are foreign: pass them through `cleanText` before they are shown.
 */
export interface TopicFields {
  title: string | null;
  status: string | null;
  type: string | null;
  priority: string | null;
  labels: string[];
  stage: string | null;
  description: string | null;
  author: string | null;
  assignedTo: string | null;
  /** ISO 8601 in UTC. A value without a zone counts as UTC. */
  createdAt: string | null;
  modifiedAt: string | null;
  modifiedBy: string | null;
  /** `YYYY-MM-DD`: the day as written, in the zone of its author. */
  dueDate: string | null;
  referenceLinks: string[];
  /** GUIDs. */
  relatedTopics: string[];
  comments: BcfComment[];
}

/** A topic with its viewpoints. */
export interface BcfTopic extends TopicFields {
  /** As written. Compare it in lower case. */
  guid: string;
  /** TopicStatus; in BCF 1.0 and 2.0 without one, the VerbalStatus of the last comment that has one. */
  status: string | null;
  /** TopicType; in BCF 1.0 and 2.0 without one, the Status of that comment. */
  type: string | null;
  viewpoints: BcfViewpoint[];
  /** The GlobalIds of the components that the viewpoints select, each once. What is only visible or colored is left out. */
  globalIds: string[];
  /** The name of its markup in the archive. */
  entry: string;
}

export interface BcfComment {
  guid: string | null;
  /** Null for a comment that has only a viewpoint or a status. */
  text: string | null;
  author: string | null;
  /** ISO 8601 in UTC. */
  date: string | null;
  modifiedAt: string | null;
  modifiedBy: string | null;
  /** GUID of the viewpoint that it is about. */
  viewpoint: string | null;
  verbalStatus: string | null;
  status: string | null;
}

export interface BcfViewpoint {
  guid: string | null;
  /** The name of the viewpoint's file in the archive; null when there is none. */
  entry: string | null;
  /** The name of the picture in the archive; null when there is none. */
  snapshot: string | null;
  /** The GlobalIds of the selected components, each once. */
  globalIds: string[];
}

/** A part of an archive that could not be read. What the archive holds is then not known completely. */
export interface BcfProblem {
  /** The name of the entry. */
  entry: string;
  /** The rest of a sentence that begins with the entry: `is no XML: …`. Foreign text in it has passed `cleanText`. */
  message: string;
}

/** A whole archive. */
export interface BcfDocument {
  /** As `2.1`; null when the archive does not say it in a way that can be read. */
  version: string | null;
  topics: BcfTopic[];
  problems: BcfProblem[];
  /** What is odd and does no harm, one line each. */
  warnings: string[];
}
