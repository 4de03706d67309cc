import { defineConfig } from "vitest/config";

/** Files share what they import, which takes longer than most of them: no test changes a module's state. */
const unit = { testTimeout: 30_000, hookTimeout: 60_000, isolate: false };
/** CI adds up what each command tells here. */
const results = process.env.EIP_GUARD_TEST_RESULTS;

const whole = { testTimeout: 120_000, hookTimeout: 120_000, isolate: false };

/**
 * `npm test` is unit and system: it needs nothing but Node.
 * unit: pure code, and single adapters against local servers.
 * system: the whole program. products: what `npm run build` makes, in processes of their own; CI tries them on each Node.
 * worlds: the stories of test/worlds through the whole program, and what a cloud and its clusters may do while it runs.
 * sweep: short runs of the crash sweep and of the simulated lives, the store under several processes, large fleets, and the core's
 * properties with many more worlds than in unit.
 * shared: against Tencent's definitions and recorded answers (EIP_GUARD_SHARED).
 * kube: a real etcd, kube-apiserver and kube-controller-manager (KUBEBUILDER_ASSETS), one file at a time.
 */
export default defineConfig({
  test: {
    // Two cores; a third file computes while another waits.
    maxWorkers: 3,
    ...(results === undefined ? {} : { reporters: ["default", ["json", { outputFile: results }]] }),
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [
            "test/worlds/verdicts.test.ts",
            "test/worlds/acts.test.ts",
            "test/worlds/agreement.test.ts",
            "test/system/**",
            "test/functions/guard.test.ts",
            "test/functions/deployed.test.ts",
            "test/sweep/**",
            "test/store/processes.test.ts",
            "test/shared/**",
            "test/apiserver/**",
          ],
          ...unit,
        },
      },
      { test: { name: "system", include: ["test/system/**/*.test.ts"], exclude: ["test/system/products.test.ts"], ...whole } },
      {
        test: {
          name: "products",
          include: ["test/system/products.test.ts", "test/functions/guard.test.ts", "test/functions/deployed.test.ts"],
          ...whole,
        },
      },
      {
        test: {
          name: "worlds",
          include: ["test/worlds/verdicts.test.ts", "test/worlds/acts.test.ts", "test/worlds/agreement.test.ts"],
          ...whole,
        },
      },
      {
        test: {
          name: "sweep",
          include: ["test/sweep/**/*.test.ts", "test/store/processes.test.ts", "test/core/properties.test.ts"],
          env: { EIP_GUARD_SWEEP: "yes" },
          ...whole,
          testTimeout: 400_000,
        },
      },
      { test: { name: "shared", include: ["test/shared/**/*.test.ts"], ...whole } },
      {
        test: {
          name: "kube",
          include: ["test/apiserver/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
