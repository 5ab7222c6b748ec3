// Sends what the program reports to the server that the page or the worker came from.

import { report } from "./program.mjs";

const body = () => {
  try {
    return JSON.stringify(report());
  } catch (error) {
    return JSON.stringify({ failure: String(error?.stack ?? error) });
  }
};
fetch("/report", { method: "POST", body: body() });
