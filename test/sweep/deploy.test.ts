import { describeFaults, FAULTS } from "../deploy/faults.ts";

// One of them is in test/deploy/faults.test.ts.
describeFaults(Object.keys(FAULTS).filter((name) => name !== "no right"));
