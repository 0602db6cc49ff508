// Models in the formats of other programs, which are not IFC: what they are, and how to export IFC from them.

interface Program {
  /** With their dots, in lower case. */
  extensions: readonly string[];
  /** The hint, as a whole sentence. */
  howTo: string;
}

const REVIT = {
  extensions: ['.rvt', '.rfa', '.rte'],
  howTo: 'Export IFC from Revit (File > Export > IFC), and send that file.',
} satisfies Program;

const AUTOCAD = {
  extensions: ['.dwg', '.dxf'],
  howTo:
    'Export IFC from the program that made it (in AutoCAD Architecture, MEP and Civil 3D: the command IFCEXPORT), and send that file.',
} satisfies Program;

const PROGRAMS: readonly Program[] = [
  REVIT,
  AUTOCAD,
  {
    extensions: ['.nwc', '.nwd', '.nwf'],
    howTo:
      'This is a Navisworks file. Export IFC from the program that made the model (Revit, Archicad, Tekla), and send that file.',
  },
  {
    extensions: ['.skp'],
    howTo: 'Export IFC from SketchUp (File > Export > 3D Model, type IFC), and send that file.',
  },
  {
    extensions: ['.pln', '.pla'],
    howTo: 'Export IFC from Archicad (File > Save As, type IFC), and send that file.',
  },
];

/** The start of a DWG file of any release since 1997: `AC10` and two digits. */
const DWG = /^AC10\d\d/;
/** The stream of every Revit file. The names of streams in an OLE file are UTF-16. */
const REVIT_STREAM = Buffer.from('BasicFileInfo', 'utf16le');

/** What the content shows; `message` is the rest of a sentence that begins with the name of the file. Null for other content. */
export function foreignContent(head: Uint8Array, isOle: boolean): { message: string; howTo?: string } | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (DWG.test(bytes.toString('latin1', 0, 6)))
    return { message: 'is a DWG drawing, not IFC', howTo: AUTOCAD.howTo };
  if (!isOle) return null;
  return bytes.includes(REVIT_STREAM)
    ? { message: 'is a Revit file, not IFC', howTo: REVIT.howTo }
    : { message: 'is a file of Revit or of an old Office program, not IFC' };
}

/** How to get IFC out of the program that a file name belongs to; null for an unknown extension. */
export function howToExport(path: string): string | null {
  const name = path.toLowerCase();
  return PROGRAMS.find(({ extensions }) => extensions.some((end) => name.endsWith(end)))?.howTo ?? null;
}
