// The version of this package. The build puts it in the place of the name (build/bundle.mjs).
declare const PACKAGE_VERSION: string | undefined;

/** As in package.json; `source` where it runs without a build. */
export const VERSION: string = typeof PACKAGE_VERSION === 'string' ? PACKAGE_VERSION : 'source';
