// The kinds of error of this package, and the one grammar of their messages:
//
//   operation: argument: expected …, got …. Hint.

/** Why there is no kernel: what the host lacks or forbids. */
export type UnavailableReason = "no-webassembly" | "no-simd" | "compile-failed" | "no-memory";

/**
 * Thrown by `createKernel` where the host cannot run the kernel. The caller falls back to
 * JavaScript; nothing else that this package throws means that.
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
  /** The reason for code: the ability that the host lacks; the message says it for people. */
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
