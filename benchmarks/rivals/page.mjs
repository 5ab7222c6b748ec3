// One library on one workload, in a separate page, whose function returns its timings. The first library's answers are
// in a file that the page's server reads and writes.

import { contest } from "./contest.mjs";

export default (job) =>
  contest(job, {
    read: async () => (await fetch("/exchange")).arrayBuffer(),
    // The body is a Blob, since the browser sends the bytes of other bodies to the driver as text.
    write: (bytes) => fetch("/exchange", { method: "PUT", body: new Blob([bytes]) }),
  });
