// Runs the very code that deploys `component: scf` on the inputs that TOOLKIT_INPUTS holds.
const { Scf } = require("tencent-component-toolkit");

const inputs = JSON.parse(process.env.TOOLKIT_INPUTS);
const scf = new Scf({ SecretId: "AKIDsimulated", SecretKey: "secret-of-a-test", AppId: "1250000000" }, inputs.region);
scf.deploy(inputs).then(
  () => process.exit(0),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
