// JSON whose mistakes have a line: comments and commas at the end of a list are allowed, as in the files of editors.

import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';

export interface LocatedJson {
  readonly value: unknown;
  /** The line (from 1) of the member at `path`, or of what is nearest to it. */
  lineOf(path: ReadonlyArray<string | number>): number;
}

/** A mistake and its line, from 1. */
export interface Mistake {
  readonly line: number;
  readonly words: string;
}

/** Reads a text; its first mistake where it is not JSON. */
export function readLocated(text: string): LocatedJson | Mistake {
  const errors: ParseError[] = [];
  const root = parseTree(text.replace(/^\ufeff/, ' '), errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    const words = printParseErrorCode(error.error)
      .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
      .toLowerCase();
    return { line: lineAt(text, error.offset), words: `it is not JSON: ${words}` };
  }
  if (root === undefined) return { line: 1, words: 'it is empty' };
  return { value: getNodeValue(root), lineOf: (path) => lineAt(text, nearest(root, path).offset) };
}

function nearest(root: Node, path: ReadonlyArray<string | number>): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    // The member's name stands where a person looks.
    if (node !== undefined) return node.parent?.type === 'property' ? node.parent : node;
  }
  return root;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\n|\r/).length;
}
