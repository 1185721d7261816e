// dist/express/index.d.ts
export {};
