// Modules that may be missing on a machine; their exports are checked when they are loaded.
declare module 'node:sqlite';
declare module 'better-sqlite3';
