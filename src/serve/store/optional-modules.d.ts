// Modules that are not on every machine; what they export is looked at when they are loaded.
declare module 'node:sqlite';
declare module 'better-sqlite3';
