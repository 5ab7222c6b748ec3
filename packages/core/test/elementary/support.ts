// The parts that tests of the elementary functions share: all functions in one table, with their descriptions,
// seeded random bit patterns, and errors in units in the last place.

import * as elementary from "../../src/generated/elementary/elementary.ts";
import { OF_ONE_NUMBER, OF_TWO_NUMBERS } from "../../src/generated/elementary/names.ts";
import functions from "../golden/elementaryFunctions.json" with { type: "json" };

export const unaryNames = OF_ONE_NUMBER;
export type UnaryName = (typeof unaryNames)[number];
export const binaryNames = OF_TWO_NUMBERS;
export type BinaryName = (typeof binaryNames)[number];
export type Name = UnaryName | BinaryName;
export const names: readonly Name[] = [...unaryNames, ...binaryNames];

export const precisions = ["f32", "f64"] as const;
export type Precision = (typeof precisions)[number];

type Unary = (x: number) => number;
type Binary = (x: number, y: number) => number;

/** The description of a function; its properties are explained in elementary/steps.mjs of the kernel. */
interface Described {
  readonly worst: Readonly<Record<Precision, number>>;
  readonly cancelsBelow?: number;
  readonly checksum: Readonly<Record<Precision, string>>;
  readonly sweep: { readonly edges: readonly (number | readonly number[])[] };
}

export const described: Readonly<Record<Name, Described>> = functions;

/** Returns the float32 and the float64 version of a function. */
function both<N extends Name>(name: N) {
  return { f32: elementary[`${name}_f32`], f64: elementary[`${name}_f64`] };
}

/** The functions of one number, with those of the same name in Math. */
export const unary = Object.fromEntries(
  unaryNames.map((name) => [name, { ...both(name), math: inMath(name) }]),
) as Record<UnaryName, Record<Precision, Unary> & { math: Unary | undefined }>;

/** The functions of two numbers. */
export const binary = Object.fromEntries(binaryNames.map((name) => [name, both(name)])) as Record<
  BinaryName,
  Record<Precision, Binary>
>;

/** All functions, called with a list of arguments. */
export const compute = Object.fromEntries(names.map((name) => [name, both(name)])) as Record<
  Name,
  Record<Precision, (...inputs: number[]) => number>
>;

function inMath(name: string): Unary | undefined {
  return Reflect.get(Math, name);
}

/** Returns the number of arguments of a function. */
export function arityOf(name: Name): 1 | 2 {
  return (binaryNames as readonly Name[]).includes(name) ? 2 : 1;
}

/** Returns the number in whose last place the error of f(x) is counted. */
export function scaleOfError(name: Name, x: number, result: number): number {
  const { cancelsBelow = -Infinity } = described[name];
  return x < cancelsBelow ? Math.max(Math.abs(result), Math.abs(x)) : result;
}

/** Returns a seeded generator of 32 random bits (Tommy Ettinger's mulberry32). */
export function randomBits(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  };
}

const view = new DataView(new ArrayBuffer(8));

export function float32FromBits(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

export function float64FromBits(upper: number, lower: number): number {
  view.setUint32(0, upper);
  view.setUint32(4, lower);
  return view.getFloat64(0);
}

/** Returns the exponent e of a finite x with 2^e ≤ |x| < 2^(e+1); −1023 for denormals and 0. */
function exponentOf(x: number): number {
  view.setFloat64(0, x);
  return ((view.getUint16(0) >> 4) % 2048) - 1023;
}

/** Returns one unit in the last place of a float64 result. */
export function ulpOfFloat64(x: number): number {
  return float64Power(Math.max(exponentOf(x) - 52, -1074));
}

/** Returns one unit in the last place of a float32 result. */
export function ulpOfFloat32(x: number): number {
  return float64Power(Math.max(exponentOf(x) - 23, -149));
}

function float64Power(exponent: number): number {
  if (exponent < -1022) return 2 ** -1074 * float64Power(exponent + 1074);
  return float64FromBits((exponent + 1023) << 20, 0);
}
