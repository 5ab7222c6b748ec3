/**
 * The tests that must hold in a browser too: training, its timers and its workers. Each run tries some of them, `npm run
 * test:slow` all (`--mode whole`).
 */

import { browserTests } from "../../scripts/browserTests.mjs";

export default browserTests({
  some: ["test/training/fit.test.ts", "test/workers/**/*.test.ts"],
  all: ["test/{compile,layers,training,workers}/**/*.test.ts", "test/images/images.test.ts"],
  // Tests that end workers of Node, read golden values or run the compiler; core's `test/pages` has the threads of pages.
  except: ["test/training/{fitTypes,freezing,threads}.test.ts"],
});
