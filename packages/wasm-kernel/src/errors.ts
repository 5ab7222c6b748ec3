// The kinds of error of this package, and the one grammar of their messages:
//
//   operation: argument: expected …, got …. Hint.

/** The reason why there is no kernel: an ability that the host lacks or forbids. */
export type UnavailableReason = "no-webassembly" | "no-simd" | "compile-failed" | "no-memory";

/**
 * Thrown by `createKernel` where the host cannot run the kernel. The caller then falls back to JavaScript; for other
 * errors of this package it should not.
 *
 * @example
 * function tryKernel() {
 *   try {
 *     return createKernel();
 *   } catch (error) {
 *     if (error instanceof KernelUnavailableError) return undefined;
 *     throw error;
 *   }
 * }
 * tryKernel() !== undefined; // true
 */
export class KernelUnavailableError extends Error {
  /** The name of the class. */
  override readonly name = "KernelUnavailableError";
  /** The ability that the host lacks, as a code for programs; the message explains it. */
  readonly reason: UnavailableReason;

  constructor(reason: UnavailableReason, expected: string, got: string, options?: ErrorOptions) {
    super(`createKernel: host: expected ${expected}, got ${got}.`, options);
    this.reason = reason;
  }
}

/** Thrown when linear memory cannot grow as far as an allocation needs. */
export class KernelMemoryError extends Error {
  /** The name of the class. */
  override readonly name = "KernelMemoryError";
}

/** Thrown when an argument does not fit an operation. The kernel has not run. */
export class KernelArgumentError extends Error {
  /** The name of the class. */
  override readonly name = "KernelArgumentError";
  /** The operation that was called. */
  readonly operation: string;
  /** The name of the argument at fault. */
  readonly argument: string;

  constructor(operation: string, argument: string, expected: string, got: string, hint?: string) {
    const base = `${operation}: ${argument}: expected ${expected}, got ${got}.`;
    super(hint === undefined ? base : `${base} ${hint}`);
    this.operation = operation;
    this.argument = argument;
  }
}
