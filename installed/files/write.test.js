// Runs in Jest and in Vitest, which own standard output.

import { writeFileSync } from "node:fs";
import { report } from "./program.mjs";

test("the program runs", () => {
  writeFileSync(process.env.GRADDIFF_REPORT, JSON.stringify(report()));
});
