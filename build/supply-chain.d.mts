export interface BundledPackage {
  name: string;
  version: string;
  license: string | undefined;
  folder: string;
}

export function isAllowed(license: unknown): boolean;
export function checkLicenses(packages: readonly BundledPackage[]): void;
