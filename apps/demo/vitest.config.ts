import { nodeTests } from "../../scripts/nodeTests.mjs";
import { mathml } from "./scripts/mathml.ts";

export default nodeTests(
  { elsewhere: ["test/browser/**"] },
  {
    plugins: [mathml()],
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  },
);
