// The same with workers of a file, for a policy that forbids those of a text.

import { threaded } from "./threads.mjs";

const worker = () =>
  new Worker(new URL("@graddiff/core/worker", import.meta.url), { type: "module" });
const body = await threaded({ worker }).then(JSON.stringify, (error) =>
  JSON.stringify({ failure: String(error?.stack ?? error) }),
);
fetch("/report", { method: "POST", body });
