// dist/fastify/index.d.ts
export {};
