// graddiff as a tool of GradBench: it reads messages on stdin and writes responses on stdout, one JSON object in each
// line.

import { createInterface } from "node:readline";
import { respond } from "./respond.ts";

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(respond(JSON.parse(line)))}\n`);
}
