import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({
  // Measures the memory of the kernel.
  isolated: ["test/run/renewal.test.ts"],
  whole: ["test/bundle.test.ts", "test/run/renewal.test.ts", "test/slow/**"],
  elsewhere: ["test/webgpu/**", "test/workers/**"],
});
