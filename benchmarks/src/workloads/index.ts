// All workloads by group, in the order in which they run. A new one is one file and one line here.

import { attention } from "./attention.ts";
import { cnns } from "./cnn.ts";
import { transforms } from "./fourier.ts";
import { factorisations } from "./linalg.ts";
import { orders } from "./orders.ts";
import { products } from "./product.ts";
import { purchaseGradients } from "./purchases.ts";
import { rows } from "./rows.ts";
import { scalars } from "./scalarGraph.ts";
import { training } from "./training.ts";
import { transformers } from "./transformer.ts";
import { windows } from "./windows.ts";
import type { Workload } from "./workload.ts";

export const groups: Readonly<Record<string, readonly Workload[]>> = {
  Training: [...training, ...cnns, ...transformers],
  "Gradients of numbers": [purchaseGradients, ...scalars],
  "Matrix products": products,
  Convolutions: windows,
  Attention: attention,
  Rows: rows,
  "Orders and sums": orders,
  "Linear algebra": factorisations,
  "Fourier transforms": transforms,
};

export const workloads: readonly Workload[] = Object.values(groups).flat();
