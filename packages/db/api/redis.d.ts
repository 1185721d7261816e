// dist/redis/index.d.ts
export {};
