// dist/server/index.d.ts
export {};
