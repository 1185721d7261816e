// dist/index.d.ts
export * from "./core/index.ts";
