// dist/index.d.ts
export {};
