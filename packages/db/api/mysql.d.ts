// dist/mysql/index.d.ts
export {};
