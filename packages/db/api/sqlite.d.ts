// dist/sqlite/index.d.ts
export {};
