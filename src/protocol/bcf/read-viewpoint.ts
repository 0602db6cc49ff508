// Reads the selected components of a viewpoint (`*.bcfv`). A viewpoint may list 70,000 visible ones, which are passed over.

import { BcfDefect } from './bcf-defect.js';
import type { XmlHandler } from './xml-reader.js';

/** More selected components than this are no finding that a person could look at. */
const MOST_SELECTED = 100_000;

/**
 * A handler for an XmlReader, and a function that gives the GlobalIds in their order, each once, when the document is
 * complete. Selected are, in BCF 2.1 and 3.0, the components in `Selection`; in 2.0 those with `Selected="true"`; in 1.0, whose
 * components have no such attribute, all of a viewpoint.
 */
export function viewpointHandler(): { handler: XmlHandler; globalIds: () => string[] } {
  const selected = new Set<string>();
  const plain = new Set<string>();
  let isMarked = false;
  const add = (to: Set<string>, id: string | undefined): void => {
    if (!id?.trim()) return;
    to.add(id.trim());
    if (to.size > MOST_SELECTED) throw new BcfDefect(`selects more than ${MOST_SELECTED} components`);
  };
  const handler: XmlHandler = {
    open(path, { IfcGuid, Selected, Visible, Color }) {
      if (!path.includes('/') && path !== 'VisualizationInfo')
        throw new BcfDefect('is no BCF viewpoint: its root is not "VisualizationInfo"');
      if (path === 'VisualizationInfo/Components/Selection/Component') {
        add(selected, IfcGuid);
        isMarked = true;
      } else if (
        path === 'VisualizationInfo/Components/Selection' ||
        path === 'VisualizationInfo/Components/Visibility'
      ) {
        isMarked = true;
      } else if (path === 'VisualizationInfo/Components/Component') {
        if (Selected !== undefined || Visible !== undefined || Color !== undefined) isMarked = true;
        if (Selected === 'true' || Selected === '1') add(selected, IfcGuid);
        else if (!isMarked) add(plain, IfcGuid);
      }
    },
    close() {},
  };
  return { handler, globalIds: () => [...(isMarked ? selected : plain)] };
}
