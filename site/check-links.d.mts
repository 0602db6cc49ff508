export function checkLinks(
  folder: string,
  base: string,
): Promise<{ pages: number; links: number; problems: string[] }>;
