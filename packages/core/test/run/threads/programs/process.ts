/**
 * A program that ends a process with its threads still running. A process may have two copies of it, and it may run in
 * a worker.
 */

import { isMainThread, parentPort } from "node:worker_threads";
import { compile, type Tensor, uniform } from "../../../../src/index.ts";
import { setThreads } from "../../../../src/threads.ts";

const threads = await setThreads(2);
const x = uniform([300, 300], { seed: 1 });
const square = compile((a: Tensor) => a.matmul(a).sum());
let sum = 0;
for (let i = 0; i < 20; i++) sum = square(x).item();
const line = `${threads} ${sum}`;
if (isMainThread) console.log(line);
else parentPort?.postMessage(line);
