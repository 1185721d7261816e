// dist/postgres/index.d.ts
export {};
