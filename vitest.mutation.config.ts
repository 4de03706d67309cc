import { defineConfig } from "vitest/config";

/** What the mutants of src/core have to survive: the tests of the core alone, without a network or a clock. */
export default defineConfig({ test: { include: ["test/core/**/*.test.ts"] } });
