// The service-runner part of the BIMserver-like server (PROTOCOL 1.5 to 1.7): one POST is one bot run.

import { randomUUID } from 'node:crypto';
import type { BimServer } from './bimserver.js';
import { SOID } from './bimserver-options.js';
import { bcfZip } from './fixtures.js';
import { header, headerValues, type PlannedResponse, type SeenRequest } from './strict-server.js';

/** The names in the Java enum (PROTOCOL 2, column "enum"). */
const SCHEMA_NAMES = new Set(
  (
    'IFC_STEP_2X3TC1 IFC_STEP_4 IFC_STEP IFC_XML_2X3TC1 IFC_XML_4 IFC_XML_4X3 IFC_JSON_2X3TC1 IFC_JSON_4 ' +
    'IFC_JSON_4X3 IFC_JSON_GEOM_2X3TC1 IFC_JSON_GEOM_4 BCF_ZIP_1_0 BCF_ZIP_2_0 GLTF_1_0 GLTF_BIN_1_0 GLTF_BIN_2_0 ' +
    'COLLADA_1_5 KMZ_2_2_0 BINARY_GEOMETRY_6 CITYGML_2_0_0 VIS_3D_JSON_1_0 VALIDATION_JSON_1_0 VALIDATION_JSON_2_0 ' +
    'LOD_CSV_1_0 CSV_TABLE_1_0 INFO_3D_EXCEL_1_0 VALIDATION_XLSX_1_0 UNSTRUCTURED_UTF8_TEXT_1_0'
  ).split(' '),
);

/** The names in FILE_SCHEMA that IFC_STEP takes (PROTOCOL 1.6). */
const HEADER_SCHEMAS: ReadonlySet<string> = new Set(['IFC2X3', 'IFC4', 'IFC4X3_ADD2']);

/** Responds to a POST to `/services` or below it: at once, or over the websocket of the token. */
export async function runBot(bim: BimServer, seen: SeenRequest): Promise<PlannedResponse> {
  const response = await botReply(bim, seen);
  const ran = response.headers?.some(([name]) => name === 'Output-Type') ?? false;
  const flows = header(seen, 'accept-flow')?.split(',') ?? ['SYNC'];
  const token = readToken(seen, bim.options.wants === 'token-field');
  const async =
    ran && token !== null && flows.includes('ASYNC_WS') ? await bim.stream.hand(token, response) : null;
  if (async !== null) return async;
  const { workMs } = bim.options;
  return { ...response, ...(ran && workMs !== undefined ? { delayMs: workMs } : {}) };
}

async function botReply(bim: BimServer, seen: SeenRequest): Promise<PlannedResponse> {
  const { options, server } = bim;
  const html = (status: number, body: string): PlannedResponse => ({
    status,
    headers: [['Content-Type', 'text/html; charset=utf-8']],
    body,
  });
  if (headerValues(seen, 'origin').length > 0) {
    server.complain('invoke with an Origin');
    return html(403, '');
  }
  const token = readToken(seen, options.wants === 'token-field');
  if (token === null) return html(403, '<html><body>Token required</body></html>');
  // The server hides every failure from here on: an empty 200 without Output-Type.
  if (options.tokensExpired || options.configurationGone || !bim.tokens.has(token)) return html(200, '');
  const soid =
    header(seen, 'servicename') ?? (seen.path === '/services' ? SOID : seen.path.slice('/services/'.length));
  if (soid !== SOID) {
    server.complain(`invoke of /services/${soid}, not of /services/${SOID}`);
    return html(200, '');
  }
  const flow = header(seen, 'accept-flow');
  if (flow !== undefined && !flow.split(',').every((name) => name === 'SYNC' || name === 'ASYNC_WS')) {
    server.complain(`Accept-Flow is ${flow}`);
  }
  const inputType = header(seen, 'input-type');
  if (inputType === undefined)
    return fail(bim, 500, 'Unknown error: Name is null', 'invoke without Input-Type');
  if (!SCHEMA_NAMES.has(inputType)) {
    const name = `No enum constant org.bimserver.bimbots.SchemaName.${inputType}`;
    return fail(bim, 500, `Unknown error: ${name}`, `Input-Type is ${inputType}`);
  }
  if (!inputType.startsWith('IFC_STEP')) return fail(bim, 1, 'No deserializer found');
  // BimBotRunner.getProjectSchema of the released versions knows no others (PROTOCOL 1.12).
  if (inputType !== 'IFC_STEP' && inputType !== 'IFC_STEP_2X3TC1')
    return fail(
      bim,
      500,
      options.storesRuns
        ? 'Unknown error: Invalid schema, the only 2 valid options are: "ifc2x3tc1" and "ifc4", not "null"'
        : 'Unknown error: Cannot invoke "String.toUpperCase()" because "projectSchema" is null',
    );
  const schema = /FILE_SCHEMA\s*\(\s*\(\s*'([^']*)'/.exec(
    seen.body.subarray(0, 4096).toString('latin1'),
  )?.[1];
  if (inputType === 'IFC_STEP' && !HEADER_SCHEMAS.has(schema ?? ''))
    return fail(bim, 500, `Unknown error: Unsupported IFC schema: ${schema}`);
  const contextId = header(seen, 'context-id');
  if (options.storesRuns && contextId !== undefined) return fail(bim, 500, 'Unknown error: null');
  if (options.botError !== undefined) return fail(bim, options.botError.code, options.botError.message);
  const fields: Record<string, string | null> = {
    'Output-Type': 'BCF_ZIP_2_0',
    'Data-Title': 'Validation results',
    'Content-Type': 'application/zip',
    'Content-Disposition': 'validationresults.bcfzip',
    'Context-Id': options.storesRuns ? randomUUID() : null,
    ...options.headers,
  };
  const headers = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );
  const body =
    options.result ?? (await bcfZip({ version: '2.0', topics: [{ title: 'No site in the project' }] }));
  return { status: 200, headers, body };
}

/** The Authorization header first, cut at character 7 after `Bearer`; otherwise the Token header. Null without either. */
function readToken(seen: SeenRequest, fieldOnly: boolean): string | null {
  const authorization = header(seen, 'authorization');
  if (authorization?.startsWith('Bearer') && !fieldOnly) return authorization.slice(7);
  return header(seen, 'token') ?? null;
}

function fail(bim: BimServer, code: number, message: string, complaint?: string): PlannedResponse {
  if (complaint !== undefined) bim.server.complain(complaint);
  const html: PlannedResponse['headers'] = [['Content-Type', 'text/html']];
  return {
    status: 200,
    headers: [['Output-Type', 'ERROR'], ...(bim.options.container === 'tomcat' ? html : [])],
    body: JSON.stringify({ code, message }),
  };
}
