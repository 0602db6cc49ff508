// The commands of a page and what is shown below them: reads them, and makes the page again with what a run printed.

/** A line that begins with `$ `, and the lines below it. */
export interface ShownCommand {
  command: string;
  /** Without empty lines at the end. */
  output: string[];
}

export interface PageBlock {
  language: string;
  text: string;
  /** Empty for a block that is no session in a terminal. */
  commands: ShownCommand[];
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** The blocks of a page in Markdown, in order. */
export function blocksOf(page: string): PageBlock[] {
  return [...page.matchAll(FENCE)].map(([, language = '', text = '']) => ({
    language,
    text,
    commands: commandsIn(text),
  }));
}

function commandsIn(text: string): ShownCommand[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n');
      return { command, output };
    });
}

/**
 * The page with the outputs in the place of what it shows. `printed` has a list for each block that is a session in a
 * terminal, with the lines that each of its commands printed.
 */
export function withOutputs(page: string, printed: readonly (readonly string[][])[]): string {
  const sessions = printed.values();
  return page.replace(FENCE, (block, language: string, text: string) => {
    const commands = commandsIn(text);
    if (commands.length === 0) return block;
    const outputs = sessions.next().value ?? [];
    const parts = commands.map(({ command, output }, at) => {
      const lines = shortened(outputs[at] ?? [], output);
      const isLast = at === commands.length - 1;
      return [`$ ${command}`, ...lines, ...(lines.length > 0 && !isLast ? [''] : [])].join('\n');
    });
    return `\`\`\`${language}\n${parts.join('\n')}\n\`\`\``;
  });
}

/**
 * The lines as the page wants to show them: a line of the page that ends with `…` is cut at the same place, and `…` alone as the
 * last line stands for all that follows.
 */
export function shortened(lines: readonly string[], shown: readonly string[]): string[] {
  const isOpen = shown.at(-1) === '…';
  const cuts = shown.filter((line) => line.endsWith('…') && line !== '…');
  const whole = isOpen ? lines.slice(0, shown.length - 1) : lines;
  const cut = whole.map((line) => cuts.find((each) => line.startsWith(each.slice(0, -1))) ?? line);
  return isOpen ? [...cut, '…'] : cut;
}
