// A worker that repeats one workload with one thread, to measure the greatest possible work of a second core of this
// machine.

import { parentPort, workerData } from "node:worker_threads";
import { workloads } from "./workloads/index.ts";

const { name, time } = workerData as { readonly name: string; readonly time: number };
const workload = workloads.find((each) => each.name === name);
if (workload === undefined) throw new Error(`there is no workload ${name}`);
const call = workload.prepare("compiled");
for (const until = performance.now() + time; performance.now() < until; ) call();
parentPort?.postMessage("ready");
// The loop ends when the owner terminates this worker.
for (;;) call();
