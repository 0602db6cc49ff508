// Peers that nobody has run against this program: what is known of them was read (docs/interoperability.md).

export const READ_ONLY: ReadonlyArray<{ name: string; known: string }> = [
  {
    name: 'BIMserver 1.6.0 (Java), and bimviews, its web pages',
    known:
      'the double of the table above was written from what its source does; where a released BIMserver was run, a few lines of ours stood in for bimviews',
  },
  {
    name: 'BIMserver of autumn 2018',
    known: 'runs that go asynchronous although nobody asked are told apart: exit 9, and what to do',
  },
  { name: 'ServicePlatform (Java, 2016)', known: 'flat form; `expires_in` as an absolute time in ms' },
  {
    name: 'mvdXMLChecker (Java)',
    known:
      'an entry with `"upload": "multipart"`, `modelField` and `fields`; its own list does not say these, so an entry has to be written',
  },
  {
    name: 'IFCtoLBD, BIMbots-FreeCAD, the Revit and Java clients',
    known:
      'what servers may have learned to expect of them: Bearer or Token, Accept-Flow, Output-Type, the exact form encoding',
  },
  {
    name: 'tno_b4r_validate_bot, voxel_server (Python)',
    known: 'not supported: a JSON body of its own, and polling',
  },
  {
    name: 'OpenCDE servers',
    known: 'discovery and OAuth of the Foundation API; the BCF and Documents APIs are not used',
  },
];
