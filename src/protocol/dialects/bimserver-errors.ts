// Explains BIMserver's error messages, and what a person can do about each (PROTOCOL 1.6, 1.12).

interface Meaning {
  says: RegExp;
  hint: string;
}

const MEANINGS: readonly Meaning[] = [
  {
    says: /only administrators can create new projects/i,
    hint: 'The server stores every run in a new project, and this user may not create one. Ask its administrator to set AllowUsersToCreateTopLevelProjects.',
  },
  {
    // It has the words of "No deserializer found", and another cause: ifcplugins 0.0.102 and 0.0.106.
    says: /no deserializers with extension/i,
    hint: 'This server does not store its runs, and its ifcplugins then read no model. Ask its administrator to turn storeServiceRuns on.',
  },
  {
    says: /only 2 valid options|projectSchema.{0,20}null/i,
    hint: 'Released BIMservers do not know this Input-Type: send the model with --input-type IFC_STEP.',
  },
  {
    says: /no deserializer|^1:/i,
    hint: 'The server cannot read this kind of IFC: its ifcplugins are missing, or not enabled for this user. Ask its administrator.',
  },
  {
    says: /checkin in progress/i,
    hint: 'Another run with this Context-Id is under way: send such models one after the other.',
  },
  {
    says: /no schema detected|file_schema|unsupported ifc schema/i,
    hint: 'The server does not know the FILE_SCHEMA in the header of this model: export it as IFC2X3 or IFC4. Newer servers also read IFC4X3_ADD2.',
  },
  {
    says: /no enum constant|name is null/i,
    hint: 'The server does not know this Input-Type: name one of its own with --input-type.',
  },
  { says: /^2:/, hint: 'The service has no output type: ask its provider.' },
  {
    says: /^3:/,
    hint: 'The service does not accept this type of model: see what it lists, or name one with --input-type.',
  },
  {
    says: /render engine|^4:/i,
    hint: 'A stored run needs a render engine, and this user has none that works. Select one in the settings of your user on the pages of the server (Render engines); where none is listed, ask its administrator.',
  },
  {
    says: /invalid configuration|^5:/i,
    hint: "The service's settings at the server are not valid: correct them there, and authorize again.",
  },
];

/**
 * What to do about an `Output-Type: ERROR`, or null for an unknown message. `reason` has the form that `reasonText`
 * returns, `CODE: MESSAGE`. BIMserver since 1.5.158 fails with code 500 on every `Context-Id`.
 */
export function meaningOf(reason: string, sentContextId: boolean): string | null {
  const known = MEANINGS.find(({ says }) => says.test(reason))?.hint;
  if (known === undefined && sentContextId && /^500:/.test(reason)) {
    return 'This server cannot continue an earlier context (BIMserver since 1.5.158 cannot): leave --context-id out.';
  }
  return known ?? null;
}
