// Finds the IFC release that a schema identifier means (PROTOCOL 2), for example IFC2X3_FINAL or IFC4X3_ADD2.

import { cleanText } from '../text/clean-text.js';

/** The releases that have their own schema names; null for an IFC of another release, and for anything else. */
export interface IfcRelease {
  release: '2X3TC1' | '4' | '4X3' | null;
  /** A sentence about an identifier that servers may refuse; null for the official identifier. */
  warning: string | null;
}

/** Reads a schema identifier (FILE_SCHEMA entry, ifcJSON's `schemaIdentifier`). Ignores case and surrounding blanks. */
export function readIfcRelease(identifier: string): IfcRelease {
  const name = identifier.trim().toUpperCase();
  const shown = cleanText(identifier, 60);
  if (name === 'IFC2X3') return { release: '2X3TC1', warning: null };
  if (/^IFC2X3_(?:TC1|FINAL)$/.test(name)) {
    return { release: '2X3TC1', warning: `Its schema is called ${shown}; some services know only IFC2X3.` };
  }
  if (/^IFC4(?:_ADD1|_ADD2|_ADD2_TC1)?$/.test(name)) return { release: '4', warning: null };
  if (name === 'IFC4X3_ADD2') return { release: '4X3', warning: null };
  if (/^IFC4X3(?:$|_)/.test(name)) {
    return {
      release: '4X3',
      warning: `Its schema ${shown} is older than the final IFC4X3_ADD2; some services know only the final one.`,
    };
  }
  return { release: null, warning: `Its schema ${shown} is unknown to most services.` };
}

/** The release that an XML namespace means, or undefined for a namespace that is not an IFC namespace. */
export function releaseOfNamespace(namespace: string): IfcRelease['release'] | undefined {
  if (!/ifcxml|buildingsmart|iai-tech/i.test(namespace)) return undefined;
  if (/ifcxml2|ifc[\W_]?2x3/i.test(namespace)) return '2X3TC1';
  if (/ifc4[x._]3/i.test(namespace)) return '4X3';
  if (/ifc4[x._]\d/i.test(namespace)) return null;
  if (/ifc4/i.test(namespace)) return '4';
  return /ifcxml/i.test(namespace) ? null : undefined;
}
