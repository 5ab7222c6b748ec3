// Groups of kernels: modules beside the base, which only the programs that need them load.

/**
 * Kernels that few programs need, as a separate module. It is plain data, so that a bundler drops it from a program
 * that does not import it. `kernel.load` adds the kernels to those of the base.
 */
export interface KernelGroup<Name extends string = string> {
  /** The name of the group. */
  readonly name: string;
  /** The names of its kernels. */
  readonly exports: readonly Name[];
  /** The bytes of its module, packed like the base. */
  readonly text: string;
  /** The number of bytes of its module, unpacked. */
  readonly byteLength: number;
}
