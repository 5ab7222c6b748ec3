// Operations on V, the numbers that an algorithm computes at once: V is v128, or T for a single number. With this file
// an algorithm is written once for vectors, for single numbers and for JavaScript
// (`packages/core/src/algorithms/fft/lanes.ts`). Every operation rounds to T, and no lane reads another, so the results
// have the same bits for every width of vectors. Positions in arrays are counted in units: bytes in this file, elements
// in JavaScript.

import { Elements, Int } from "../elements";

/** The widest numbers. */
export type Vector = v128;

/** The number of units in an element. */
@inline
export function unit<T>(): Int {
  return <Int>sizeof<T>();
}

/** The number of elements in V. */
@inline
export function lanes<T, V>(): Int {
  return isVector<V>() ? 16 / <Int>sizeof<T>() : 1;
}

/** The part of an array that begins at a position. */
@inline
export function at(array: Elements, position: Int): Elements {
  return array + <usize>position;
}

/** The floats that follow `count` int32 of an array. */
@inline
export function floatsAfter(array: Elements, count: Int): Elements {
  return array + (<usize>count << 2);
}

@inline
export function read<T, V>(array: Elements, position: Int): V {
  if (isVector<V>()) return v128.load(array + <usize>position);
  return load<T>(array + <usize>position);
}

@inline
export function write<T, V>(array: Elements, position: Int, value: V): void {
  if (isVector<V>()) v128.store(array + <usize>position, value);
  else store<T>(array + <usize>position, value);
}

/** Loads one element into all lanes. */
@inline
export function spread<T, V>(array: Elements, position: Int): V {
  if (isVector<V>()) {
    if (sizeof<T>() == 4) return v128.load32_splat(array + <usize>position);
    return v128.load64_splat(array + <usize>position);
  }
  return load<T>(array + <usize>position);
}

@inline
export function constant<T, V>(x: f64): V {
  if (isVector<V>()) return v128.splat<T>(<T>x);
  return <T>x;
}

@inline
export function add<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.add<T>(a, b);
  return <V>(a + b);
}

@inline
export function sub<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.sub<T>(a, b);
  return <V>(a - b);
}

@inline
export function mul<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.mul<T>(a, b);
  return <V>(a * b);
}

/** Loads elements backwards from a position: lane l is the element l elements before it. */
@inline
export function readBackwards<T, V>(array: Elements, position: Int): V {
  if (isVector<V>()) {
    return reversed<T>(v128.load(array + <usize>(position - (16 - <Int>sizeof<T>()))));
  }
  return load<T>(array + <usize>position);
}

@inline
export function writeBackwards<T, V>(array: Elements, position: Int, value: V): void {
  if (isVector<V>()) {
    v128.store(array + <usize>(position - (16 - <Int>sizeof<T>())), reversed<T>(value));
  } else store<T>(array + <usize>position, value);
}

@inline
function reversed<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return v128.shuffle<f32>(x, x, 3, 2, 1, 0);
  return v128.shuffle<f64>(x, x, 1, 0);
}

/** Loads every second element, beginning at a position. */
@inline
export function readEven<T, V>(array: Elements, position: Int): V {
  if (isVector<V>()) {
    const a = v128.load(array + <usize>position);
    const b = v128.load(array + <usize>position, 16);
    if (sizeof<T>() == 4) return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
    return v128.shuffle<f64>(a, b, 0, 2);
  }
  return load<T>(array + <usize>position);
}

/** Loads every second element, beginning with the element after a position. */
@inline
export function readOdd<T, V>(array: Elements, position: Int): V {
  if (isVector<V>()) {
    const a = v128.load(array + <usize>position);
    const b = v128.load(array + <usize>position, 16);
    if (sizeof<T>() == 4) return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
    return v128.shuffle<f64>(a, b, 1, 3);
  }
  return load<T>(array + <usize>position, sizeof<T>());
}

/** Writes lane l to position + l · step. */
@inline
export function scatter<T, V>(array: Elements, position: Int, step: Int, value: V): void {
  const to = array + <usize>position;
  if (isVector<V>()) {
    if (sizeof<T>() == 4) {
      v128.store_lane<f32>(to, value, 0);
      v128.store_lane<f32>(to + <usize>step, value, 1);
      v128.store_lane<f32>(to + <usize>(2 * step), value, 2);
      v128.store_lane<f32>(to + <usize>(3 * step), value, 3);
    } else {
      v128.store_lane<f64>(to, value, 0);
      v128.store_lane<f64>(to + <usize>step, value, 1);
    }
  } else store<T>(to, value);
}

/** Writes lane l of a and of b side by side to position + l · step. */
@inline
export function scatterTwo<T, V>(array: Elements, position: Int, step: Int, a: V, b: V): void {
  const to = array + <usize>position;
  if (isVector<V>()) {
    if (sizeof<T>() == 4) {
      const low = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      v128.store_lane<f64>(to, low, 0);
      v128.store_lane<f64>(to + <usize>step, low, 1);
      v128.store_lane<f64>(to + <usize>(2 * step), high, 0);
      v128.store_lane<f64>(to + <usize>(3 * step), high, 1);
    } else {
      v128.store(to, v128.shuffle<f64>(a, b, 0, 2));
      v128.store(to + <usize>step, v128.shuffle<f64>(a, b, 1, 3));
    }
  } else {
    store<T>(to, a);
    store<T>(to, b, sizeof<T>());
  }
}

/** Writes lane l of a, b, c and d side by side to position + l · step. */
@inline
export function scatterFour<T, V>(
  array: Elements,
  position: Int,
  step: Int,
  a: V,
  b: V,
  c: V,
  d: V,
): void {
  const to = array + <usize>position;
  if (isVector<V>()) {
    if (sizeof<T>() == 4) {
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f64>(ab0, cd0, 0, 2));
      v128.store(to + <usize>step, v128.shuffle<f64>(ab0, cd0, 1, 3));
      v128.store(to + <usize>(2 * step), v128.shuffle<f64>(ab1, cd1, 0, 2));
      v128.store(to + <usize>(3 * step), v128.shuffle<f64>(ab1, cd1, 1, 3));
    } else {
      v128.store(to, v128.shuffle<f64>(a, b, 0, 2));
      v128.store(to, v128.shuffle<f64>(c, d, 0, 2), 16);
      v128.store(to + <usize>step, v128.shuffle<f64>(a, b, 1, 3));
      v128.store(to + <usize>step, v128.shuffle<f64>(c, d, 1, 3), 16);
    }
  } else {
    store<T>(to, a);
    store<T>(to, b, sizeof<T>());
    store<T>(to, c, 2 * sizeof<T>());
    store<T>(to, d, 3 * sizeof<T>());
  }
}
