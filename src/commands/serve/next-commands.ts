// What a person types in a second terminal to use a server that has just been started.

/** Lines for the terminal: the steps of the README with the addresses of this server. */
export function nextCommands(origin: string, repositoryUrl: string, ids: readonly string[]): string[] {
  const [first = 'SERVICE'] = ids;
  return [
    `Serving ${ids.join(', ')} at ${origin}. Ctrl-C ends it.`,
    'In a second terminal:',
    `  bimservice repository add ${repositoryUrl}`,
    '  bimservice list',
    `  bimservice authorize ${first}`,
    '  bimservice status',
    `  bimservice invoke ${first} model.ifc`,
  ];
}
