// dist/testing/index.d.ts
export {};
