// The projects of a BIMserver: its calls for revisions, downloads and extended data (PROTOCOL 1.14).
import type { Secret } from '../../secret.js';
import { objectOf } from '../text/json-object.js';
import { type ApiCall, oidOf } from './bimserver-api.js';

export interface Project {
  /** The id of the project, as digits. */
  poid: string;
  name: string;
  /** In lower case: `ifc2x3tc1`, `ifc4`. */
  schema: string;
  /** The id of its last revision, as digits; null while it has none. */
  roid: string | null;
}

/** The projects in a result that are not deleted. */
export function readProjects(value: unknown): Project[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const fields = objectOf(entry);
    const poid = oidOf(entry);
    const { name, state, schema, lastRevisionId } = fields ?? {};
    if (poid === null || typeof name !== 'string' || state !== 'ACTIVE') return [];
    const roid = oidOf(lastRevisionId);
    // -1 is no revision.
    const last = roid !== null && /^\d+$/.test(roid) ? roid : null;
    return [{ poid, name, schema: String(schema ?? '').toLowerCase(), roid: last }];
  });
}

/**
 * The oid of the serializer that writes the IFC of a project's schema (`ifc2x3tc1`, `ifc4`); null when the server has none.
 * The server lists those of all schemas, and a streaming one needs less of its memory.
 */
export function ifcSerializer(value: unknown, schema: string): string | null {
  if (!Array.isArray(value)) return null;
  const found = value.flatMap((entry: unknown) => {
    const { name } = objectOf(entry) ?? {};
    const oid = oidOf(entry);
    if (oid === null || typeof name !== 'string') return [];
    const isStreaming = name.endsWith(' (Streaming)');
    return name.replace(/ \(Streaming\)$/, '').toLowerCase() === schema ? [{ oid, isStreaming }] : [];
  });
  return (found.find(({ isStreaming }) => isStreaming) ?? found[0])?.oid ?? null;
}

/** What is downloaded: all objects with all their fields. */
export const WHOLE_REVISION = '{"includeAllFields":true}';

export function serviceCall(method: string, parameters: Record<string, unknown>): ApiCall {
  return { interface: 'ServiceInterface', method, parameters };
}

/** The form that `/download` reads. The token is in the body, and not in the address, so that no log has it. */
export function downloadForm(token: Secret, topicId: string, serializerOid: string): string {
  return new URLSearchParams({ token: token.reveal(), topicId, serializerOid }).toString();
}
