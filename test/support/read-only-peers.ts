// Peers that were not run against this program; what is known about them was read (docs/interoperability.md).

export const READ_ONLY: ReadonlyArray<{ name: string; known: string }> = [
  {
    name: 'BIMserver 1.6.0 (Java), and bimviews, its web pages',
    known:
      'the double in the table above was written from its source; where a released BIMserver was run, a few lines of test code replaced bimviews',
  },
  {
    name: 'BIMserver of autumn 2018',
    known: 'runs that become asynchronous without a request are detected: exit 9, with advice',
  },
  { name: 'ServicePlatform (Java, 2016)', known: 'flat form; `expires_in` as an absolute time in ms' },
  {
    name: 'mvdXMLChecker (Java)',
    known:
      'an entry with `"upload": "multipart"`, `modelField` and `fields`; its own list does not have these, so you must write an entry',
  },
  {
    name: 'IFCtoLBD, BIMbots-FreeCAD, the Revit and Java clients',
    known:
      'what servers may expect because of them: Bearer or Token, Accept-Flow, Output-Type, the exact form encoding',
  },
  {
    name: 'tno_b4r_validate_bot, voxel_server (Python)',
    known: 'not supported: its own JSON body, and polling',
  },
  {
    name: 'OpenCDE servers',
    known: 'discovery and OAuth of the Foundation API; the BCF and Documents APIs are not used',
  },
];
