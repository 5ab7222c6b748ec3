import { nodeTests } from "../scripts/nodeTests.mjs";

export default nodeTests({
  // Records the accesses of WebAssembly to memory.
  isolated: ["test/races.test.ts"],
  whole: ["test/races.test.ts", "test/slow/**"],
});
