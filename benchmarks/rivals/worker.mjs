// One library on one workload, in a separate process: prints its timings as a line of JSON.
//
//   node worker.mjs JOB ANSWERS
//
// JOB is the job of contest.mjs, as JSON; ANSWERS is the file of the first library's answers.

import { readFileSync, writeFileSync } from "node:fs";
import { contest } from "./contest.mjs";

const [job, file] = process.argv.slice(2);
const outcome = await contest(JSON.parse(job), {
  read: () => new Uint8Array(readFileSync(file)).buffer,
  write: (bytes) => writeFileSync(file, bytes),
});
console.log(JSON.stringify(outcome));
