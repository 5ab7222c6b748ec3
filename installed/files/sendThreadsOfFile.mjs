// Sends the report of the program with threads whose workers are loaded from a file, for a content security policy that
// forbids workers made of a string.

import { send } from "./threads.mjs";

const worker = () =>
  new Worker(new URL("@graddiff/core/worker", import.meta.url), { type: "module" });
await send({ worker });
