// One library on one workload, in a page of its own, whose function gives its timings. The first library's answers
// are in a file that the page's server reads and writes.

import { contest } from "./contest.mjs";

export default (job) =>
  contest(job, {
    read: async () => (await fetch("/exchange")).arrayBuffer(),
    // A blob, since the driver is told all bytes of other bodies, as text.
    write: (bytes) => fetch("/exchange", { method: "PUT", body: new Blob([bytes]) }),
  });
