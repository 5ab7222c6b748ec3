/**
 * A page that computes with threads. Its address says how many there are, and the origin of their workers.
 */

import { compile, grad, type Tensor, uniform } from "../../../src/index.ts";
import { setThreads } from "../../../src/threads.ts";

/** The results that the page reports. */
export interface Found {
  readonly threads: number;
  readonly bits: readonly number[];
  readonly warnings: readonly string[];
}

/** Returns a network's gradient, which is computed by products, elementary functions, sums and row-wise kernels. */
export function computed(): number[] {
  const [x, w, v] = [
    uniform([400, 130], { seed: 1, low: -1 }),
    uniform([130, 90], { seed: 2, low: -1 }),
    uniform([90, 70], { seed: 3, low: -1 }),
  ];
  const loss = (first: Tensor, second: Tensor) =>
    x.matmul(first).tanh().matmul(second).softmax().log().mean().neg();
  const gradients = compile(grad(loss, { argnums: [0, 1] }));
  let bits: number[] = [];
  for (let time = 0; time < 30; time++) {
    bits = gradients(w, v).flatMap((own) => (own.toArray() as number[][]).flat());
  }
  return bits;
}

interface Page {
  readonly location: { readonly search: string };
  readonly console: { warn(text: string): void };
  readonly Worker: new (
    address: string,
    options: { type: "module" },
  ) => {
    postMessage(message: unknown): void;
    terminate(): unknown;
  };
  found?: Promise<Found>;
}

async function find(page: Page): Promise<Found> {
  const warnings: string[] = [];
  page.console.warn = (text) => warnings.push(text);
  const ofFile = page.location.search.includes("file");
  const worker = () => new page.Worker("worker.mjs", { type: "module" });
  const threads = await setThreads(3, ofFile ? { worker } : {});
  return { threads, bits: computed(), warnings };
}

const page = globalThis as unknown as Page;
if (page.location !== undefined) page.found = find(page);
