import { defineConfig } from "vitest/config";

/**
 * unit: pure code and single adapters against local servers, files side by side.
 * system: the whole program in child processes, one file at a time (two cores).
 * kube: a real etcd, kube-apiserver and kube-controller-manager (KUBEBUILDER_ASSETS), one file at a time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/system/**", "test/kube/**", "test/simulate/long/**"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "kube",
          include: ["test/kube/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
