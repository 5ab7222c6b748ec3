// Groups of kernels: modules beside the base, each loaded by the programs that need it.

/**
 * Kernels that few programs need, as a module of their own. It is plain data, so that a bundler leaves it out of
 * a program that does not name it. `kernel.load` adds the kernels to those of the base.
 */
export interface KernelGroup<Name extends string = string> {
  /** The name of the group. */
  readonly name: string;
  /** The names of its kernels. */
  readonly exports: readonly Name[];
  /** The bytes of its module, packed as those of the base are. */
  readonly text: string;
  /** The bytes of its module, unpacked. */
  readonly byteLength: number;
}
