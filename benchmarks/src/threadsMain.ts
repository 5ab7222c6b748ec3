// The entry of `npm run bench:threads`.

import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { select, UsageError } from "./arguments.ts";
import {
  formatThreads,
  normalThreadEffort,
  quickThreadEffort,
  type ThreadTimes,
  threadTimes,
} from "./threads.ts";
import { workloads } from "./workloads/index.ts";

const usage = `Usage: npm run bench:threads -- [options]

Times each workload by one thread and by several in turns, and schedules its pieces, timed one by one, on free cores.

  --threads N    how many threads take turns with one (default: 2)
  --quick        short timings: rough numbers
  --filter TEXT  only the workloads whose name contains TEXT, for example "train"
  --help         show this text`;

async function run(words: string[]): Promise<void> {
  const { values } = parseArgs({
    args: words,
    options: {
      threads: { type: "string", default: "2" },
      quick: { type: "boolean", default: false },
      filter: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const threads = Number(values.threads);
  if (!Number.isInteger(threads) || threads < 2 || threads > 64) {
    throw new UsageError(
      `--threads: expected an integer from 2 to 64, got "${values.threads}". Try --help.`,
    );
  }
  const effort = values.quick ? quickThreadEffort : normalThreadEffort;
  const results: ThreadTimes[] = [];
  for (const workload of select(workloads, ({ name }) => name, values.filter)) {
    const times = await threadTimes(workload, threads, effort);
    results.push(times);
    // Each result is printed at once, since the whole run takes minutes.
    process.stderr.write(`${workload.name}: ${times.ratio.toFixed(2)}×\n`);
  }
  console.log(
    `\nThe time of one thread over that of several: above 1 these are quicker. 2 cores at most: twice that of one` +
      `\nthread over that of one beside which a worker of its own does the same, so what this machine's cores share is counted. On` +
      `\nfree cores pieces are scheduled that were timed one by one: an upper bound, which counts nothing of that.` +
      `\nLoad of the machine: ${loadavg().map(formatLoad).join(", ")}.\n\n${formatThreads(results, threads)}`,
  );
}

const formatLoad = (load: number) => load.toFixed(1);

try {
  await run(process.argv.slice(2));
} catch (error) {
  const isUsage =
    error instanceof UsageError ||
    (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE"));
  if (!isUsage) throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}
process.exit();
