// One eval in a process of its own: `node worker.js EVAL SECONDS JOBS`, JOBS as JSON.

import { evals } from "./evals/index.ts";
import { type Message, measureJobs } from "./measure.ts";

const [name, seconds, jobs = "[]"] = process.argv.slice(2);
const one = evals.find((one) => one.name === name);
if (one === undefined) throw new Error(`expected the name of an eval, got "${name}"`);

/** Resolves when the message is out: what follows may block this process for long. */
function tell(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

await measureJobs(one, JSON.parse(jobs), Number(seconds), tell);
process.disconnect?.();
