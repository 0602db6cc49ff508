// Code in the pages. Mermaid drawings become SVG when the site is built: a reader loads no script of some megabytes for them.
import { renderMermaidSVG } from 'beautiful-mermaid';

/**
 * Changes how `md` (markdown-it) renders blocks of code: a mermaid block is a figure in the colors of the theme (theme/style.css), and an
 * indented block looks and scrolls as a fenced one. Short code in a line is kept together: an option does not end with its hyphens.
 */
export function blocks(md) {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, at, ...rest) => {
    const { info, content } = tokens[at];
    return info.trim() === 'mermaid' ? figure(content) : fence(tokens, at, ...rest);
  };
  md.renderer.rules.code_block = fence;
  const { code_inline: inline } = md.renderer.rules;
  md.renderer.rules.code_inline = (tokens, at, ...rest) => {
    if (tokens[at].content.length <= 24) tokens[at].attrJoin('class', 'short');
    return inline(tokens, at, ...rest);
  };
}

/** A drawing; the text that it is made from is read to those who do not see it. */
function figure(text) {
  const lines = text.trim().split('\n').slice(1);
  const label = lines
    .map((line) => line.trim())
    .join(', ')
    .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  // Its style names a font of another host, and a page's template may have no style: the rules are in the theme.
  const svg = renderMermaidSVG(text, { transparent: true })
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/^<svg /, `<svg role="img" aria-label="${label}" `);
  return `<figure class="drawing" v-pre>${svg}</figure>\n`;
}
