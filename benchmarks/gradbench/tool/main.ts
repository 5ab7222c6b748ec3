// graddiff as a tool of GradBench: messages on stdin, responses on stdout, one JSON a line.

import { createInterface } from "node:readline";
import { respond } from "./respond.ts";

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(respond(JSON.parse(line)))}\n`);
}
