// A worker for the tests of the process that watches it. The name of each job determines its outcome.

const jobs = JSON.parse(process.argv[2]);
const tell = (message) => new Promise((resolve) => process.send(message, resolve));

for (const { name } of jobs) {
  await tell({ kind: "runs" });
  if (name === "dies") {
    process.stderr.write("somewhere\nFATAL ERROR: no memory is left\nand more\n");
    process.exit(134);
  }
  while (name === "hangs");
  await tell({ kind: "rests" });
  await tell({ kind: "done", outcome: { mean: 1, first: 1, fastest: 1, runs: 1, difference: 0 } });
}
process.disconnect();
