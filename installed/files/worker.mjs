// A worker of workerd, which answers with what the program reports.

import { report } from "./program.mjs";

export default {
  fetch: () => Response.json(report()),
};
