// The workloads by graddiff with threads: the same calls.

import { setThreads } from "@graddiff/core/threads";
import * as graddiff from "./graddiff.mjs";

export async function prepare(name, _inputs, threads) {
  const found = await setThreads(threads);
  if (found !== threads) throw new Error(`there is ${found} thread`);
  return graddiff.prepare(name);
}
