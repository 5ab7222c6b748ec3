// A worker that does one workload again and again by one thread: what a second core of this machine does at most while the
// first one does the same.

import { parentPort, workerData } from "node:worker_threads";
import { workloads } from "./workloads/index.ts";

const { name, time } = workerData as { readonly name: string; readonly time: number };
const workload = workloads.find((each) => each.name === name);
if (workload === undefined) throw new Error(`there is no workload ${name}`);
const call = workload.prepare("compiled");
for (const until = performance.now() + time; performance.now() < until; ) call();
parentPort?.postMessage("ready");
// The owner ends this worker.
for (;;) call();
