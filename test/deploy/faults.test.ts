import { describeFaults } from "./faults.ts";

// The other faults are in test/sweep/deploy.test.ts.
describeFaults(["no right"]);
