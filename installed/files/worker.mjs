// A worker of workerd, which responds with the report of the program.

import { report } from "./program.mjs";

export default {
  fetch: () => Response.json(report()),
};
