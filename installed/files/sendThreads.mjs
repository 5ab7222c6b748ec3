// Sends what the program with threads reports to the server that the page came from.

import { threaded } from "./threads.mjs";

const body = await threaded().then(JSON.stringify, (error) =>
  JSON.stringify({ failure: String(error?.stack ?? error) }),
);
fetch("/report", { method: "POST", body });
