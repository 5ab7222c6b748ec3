// The same, for bundlers that do not bundle `new Worker(new URL(…))` of a package: the worker is an entry of its own.

import { send } from "./threads.mjs";

const worker = () => new Worker("/threadWorker.mjs", { type: "module" });
await send({ worker });
