// doctest.ts puts the tests in the place of this file: one for each fence of the documentation.
throw new Error("This file runs only in vitest's project `docs`, which has the plugin");
