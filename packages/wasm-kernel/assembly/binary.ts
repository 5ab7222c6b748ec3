// Addition and multiplication of two arrays of `count` elements, and the backward pass of each.
//
// Forward:   (x, y, out, count).
// Backward:  the gradient of the result, then the inputs that the rule needs, then the gradients of the inputs.
//
// Each element is loaded before its results are stored, and is not loaded again. So an output may be the same array as
// an input, but may not overlap it at another offset.

import { GROUP_BYTES, groupLength, VECTOR_BYTES, vectorLength } from "./vector";

/** out[i] = x[i] + y[i] */
// exported for f32, f64
@inline
function addForward<T>(x: usize, y: usize, out: usize, count: usize): void {
  forward<T>(ADD, x, y, out, count);
}

/** xGradient[i] = yGradient[i] = gradient[i] */
// exported for f32, f64
@inline
function addBackward<T>(
  gradient: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  memory.copy(xGradient, gradient, count * sizeof<T>());
  memory.copy(yGradient, gradient, count * sizeof<T>());
}

/** out[i] = x[i] · y[i] */
// exported for f32, f64
@inline
function multiplyForward<T>(x: usize, y: usize, out: usize, count: usize): void {
  forward<T>(MULTIPLY, x, y, out, count);
}

const ADD: i32 = 0;
const MULTIPLY: i32 = 1;

@inline
function applyVector<T>(operation: i32, x: v128, y: v128): v128 {
  return operation == ADD ? v128.add<T>(x, y) : v128.mul<T>(x, y);
}

@inline
function applyScalar<T>(operation: i32, x: T, y: T): T {
  return operation == ADD ? <T>(x + y) : <T>(x * y);
}

/** out[i] = x[i] ∘ y[i] */
@inline
function forward<T>(operation: i32, x: usize, y: usize, out: usize, count: usize): void {
  for (; count >= groupLength<T>(); count -= groupLength<T>()) {
    v128.store(out, applyVector<T>(operation, v128.load(x), v128.load(y)));
    v128.store(out, applyVector<T>(operation, v128.load(x, 16), v128.load(y, 16)), 16);
    v128.store(out, applyVector<T>(operation, v128.load(x, 32), v128.load(y, 32)), 32);
    v128.store(out, applyVector<T>(operation, v128.load(x, 48), v128.load(y, 48)), 48);
    x += GROUP_BYTES;
    y += GROUP_BYTES;
    out += GROUP_BYTES;
  }
  for (; count >= vectorLength<T>(); count -= vectorLength<T>()) {
    v128.store(out, applyVector<T>(operation, v128.load(x), v128.load(y)));
    x += VECTOR_BYTES;
    y += VECTOR_BYTES;
    out += VECTOR_BYTES;
  }
  for (; count > 0; count--) {
    store<T>(out, applyScalar<T>(operation, load<T>(x), load<T>(y)));
    x += sizeof<T>();
    y += sizeof<T>();
    out += sizeof<T>();
  }
}

/** xGradient[i] = gradient[i] · y[i], yGradient[i] = gradient[i] · x[i] */
// exported for f32, f64
@inline
function multiplyBackward<T>(
  gradient: usize,
  x: usize,
  y: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  for (; count >= groupLength<T>(); count -= groupLength<T>()) {
    multiplyBackwardVector<T>(gradient, x, y, xGradient, yGradient, 0);
    multiplyBackwardVector<T>(gradient, x, y, xGradient, yGradient, 16);
    multiplyBackwardVector<T>(gradient, x, y, xGradient, yGradient, 32);
    multiplyBackwardVector<T>(gradient, x, y, xGradient, yGradient, 48);
    gradient += GROUP_BYTES;
    x += GROUP_BYTES;
    y += GROUP_BYTES;
    xGradient += GROUP_BYTES;
    yGradient += GROUP_BYTES;
  }
  for (; count > 0; count--) {
    const incoming = load<T>(gradient);
    const left = load<T>(x);
    const right = load<T>(y);
    store<T>(xGradient, <T>(incoming * right));
    store<T>(yGradient, <T>(incoming * left));
    gradient += sizeof<T>();
    x += sizeof<T>();
    y += sizeof<T>();
    xGradient += sizeof<T>();
    yGradient += sizeof<T>();
  }
}

@inline
function multiplyBackwardVector<T>(
  gradient: usize,
  x: usize,
  y: usize,
  xGradient: usize,
  yGradient: usize,
  offset: usize,
): void {
  const incoming = v128.load(gradient + offset);
  const left = v128.load(x + offset);
  const right = v128.load(y + offset);
  v128.store(xGradient + offset, v128.mul<T>(incoming, right));
  v128.store(yGradient + offset, v128.mul<T>(incoming, left));
}
