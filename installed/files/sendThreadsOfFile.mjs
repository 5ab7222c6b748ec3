// The same with workers of a file, for a policy that forbids those of a text.

import { send } from "./threads.mjs";

const worker = () =>
  new Worker(new URL("@graddiff/core/worker", import.meta.url), { type: "module" });
await send({ worker });
