// Watching of jobs that run in another process. The watcher ends that process at the time limit, and replaces it if it
// dies, for example without memory. So every job gets an outcome.

import type { ChildProcess } from "node:child_process";
import type { Job, Message, Outcome } from "./measure.ts";

/** Starts a process that runs jobs and sends messages about them, with its standard error in a pipe. */
export type Launch = (jobs: readonly Job[]) => ChildProcess;

/**
 * Returns the outcomes of all jobs of one eval, in order.
 *
 * @param limit the greatest total time of all jobs in milliseconds, by GradBench's rule
 */
export async function watchJobs(
  jobs: readonly Job[],
  limit: number,
  launch: Launch,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let left = limit;
  while (outcomes.length < jobs.length && left > 0) {
    left = await watchOnce(launch(jobs.slice(outcomes.length)), outcomes, left, limit);
  }
  const rest = jobs.slice(outcomes.length);
  return [
    ...outcomes,
    ...rest.map(() => ({ reason: `not run: the eval's ${limit / 1e3} s were used up` })),
  ];
}

/** Watches one process until it ends, adds its outcomes, and returns the milliseconds that are left of the limit. */
function watchOnce(
  child: ChildProcess,
  outcomes: Outcome[],
  budget: number,
  limit: number,
): Promise<number> {
  const before = outcomes.length;
  let left = budget;
  let expired = false;
  let timer: NodeJS.Timeout | undefined;
  let begun: number | undefined;
  let errors = "";
  const rest = () => {
    clearTimeout(timer);
    if (begun !== undefined) left -= performance.now() - begun;
    begun = undefined;
  };
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = `${errors}${chunk}`.slice(-4000);
  });
  child.on("message", (message: Message) => {
    if (message.kind === "done") {
      rest();
      outcomes.push(message.outcome);
    } else if (message.kind === "rests") {
      rest();
    } else {
      begun = performance.now();
      timer = setTimeout(() => {
        expired = true;
        child.kill("SIGKILL");
      }, left);
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    // At "close" all messages have been received.
    child.on("close", (code, signal) => {
      rest();
      if (expired) {
        outcomes.push({ reason: `over the limit of ${limit / 1e3} s for the eval` });
      } else if (code !== 0 || outcomes.length === before) {
        outcomes.push({ reason: deathOf(errors, code, signal) });
      }
      resolve(expired ? 0 : left);
    });
  });
}

/** Returns the most informative line of the error output or, without one, the way in which the process ended. */
function deathOf(errors: string, code: number | null, signal: string | null): string {
  const line = errors
    .split("\n")
    .find((text) => /error/i.test(text))
    ?.trim();
  const end = signal ? `signal ${signal}` : `code ${code}`;
  return `the process ended with ${end}${line ? `: ${line}` : ""}`;
}
