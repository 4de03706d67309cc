import { configDefaults, defineConfig } from "vitest/config";

/**
 * What the mutants of src/core have to survive: the tests of the core alone, without a network or a clock. The generated worlds stay
 * out: they would kill more, by chance, and take seconds for each mutant.
 */
export default defineConfig({
  test: { include: ["test/core/**/*.test.ts"], exclude: [...configDefaults.exclude, "test/core/properties.test.ts"] },
});
