// A program that only the type checker reads: the types of core on which users rely. It is not run.

import {
  compile,
  GraddiffError,
  grad,
  type Tensor,
  tensor,
  useKernel,
  Variable,
} from "@graddiff/core";
import { createKernel } from "@graddiff/wasm-kernel";
import kernel from "@graddiff/wasm-kernel/kernel.wasm";

const energy = (x: Tensor): Tensor => x.square().sum();
export const slope: Tensor = grad(energy)(tensor([1, 2]));
export const compiled: Tensor = compile(energy)(tensor([1, 2]));
export const weight: Variable = new Variable(tensor([1, 2]));
export const isOurs = (error: unknown): boolean => error instanceof GraddiffError;
export const bytes: number = createKernel().arena.usedBytes;

useKernel(kernel);

// @ts-expect-error a tensor is no number
export const wrong: number = grad(energy)(tensor([1, 2]));
