// Sends the report of the program to the server of the page or worker.

import { report } from "./program.mjs";

const body = () => {
  try {
    return JSON.stringify(report());
  } catch (error) {
    return JSON.stringify({ failure: String(error?.stack ?? error) });
  }
};
fetch("/report", { method: "POST", body: body() });
