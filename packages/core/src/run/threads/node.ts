/**
 * Modules of Node, where there are any.
 */

const { process } = globalThis as {
  process?: { readonly versions?: { readonly node?: string } };
};

/** True in Node, Deno and Bun. */
export const isNode: boolean = process?.versions?.node !== undefined;

/** Returns a module of Node; a bundler for browsers leaves the import as it is. */
export function nodeModule<Module>(name: string): Promise<Module> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}
