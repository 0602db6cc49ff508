export const SIDEBAR: { text: string; pages: string[] }[];
export const PAGES: string[];
export function nameOf(file: string): string;
export function fileOf(name: string): string;
