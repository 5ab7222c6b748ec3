// The same, for bundlers that do not bundle `new Worker(new URL(…))` of a package: the worker is an entry of its own.

import { threaded } from "./threads.mjs";

const worker = () => new Worker("/threadWorker.mjs", { type: "module" });
const body = await threaded({ worker }).then(JSON.stringify, (error) =>
  JSON.stringify({ failure: String(error?.stack ?? error) }),
);
fetch("/report", { method: "POST", body });
