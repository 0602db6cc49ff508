export function makeArchive(of: {
  program: string;
  node: string;
  version: string;
  out: string;
  system?: string;
}): Promise<string>;
