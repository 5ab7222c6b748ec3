// A page's function with a behaviour that the test chooses.

const exchange = { method: "PUT", body: new Blob([Uint8Array.of(1, 2, 3)]) };

const acts = {
  describe: () => ({ isolated: crossOriginIsolated, none: Number.NaN, count: ++count }),
  fail: () => {
    throw new RangeError("planted");
  },
  hang: () => {
    for (;;);
  },
  write: () => fetch("/exchange", exchange).then(({ status }) => status),
  read: async () => [...new Uint8Array(await (await fetch("/exchange")).arrayBuffer())],
  serve: async () => (await fetch("/planted/plantedPage.mjs")).status,
  miss: async () => (await fetch("/planted/absent")).status,
};

let count = 0;

export default async (act) => acts[act]();
