// Runs in Jest and in Vitest. They use standard output, so the report is written to a file.

import { writeFileSync } from "node:fs";
import { report } from "./program.mjs";

test("the program runs", () => {
  writeFileSync(process.env.GRADDIFF_REPORT, JSON.stringify(report()));
});
