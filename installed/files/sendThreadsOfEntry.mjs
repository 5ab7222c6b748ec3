// Sends the report of the program with threads, for bundlers that do not bundle `new Worker(new URL(…))` in a
// dependency: the worker is a separate entry of the bundle.

import { send } from "./threads.mjs";

const worker = () => new Worker("/threadWorker.mjs", { type: "module" });
await send({ worker });
