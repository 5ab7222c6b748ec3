// The JavaScript baseline: handwritten loops over typed arrays, one per operation and element type, so that V8 sees one
// type at each site and compiles scalar machine code. float32: storing an element rounds it; Math.fround rounds an
// intermediate value.
//
// `as number` asserts that the index is in range; a default value at run time would slow down the measured loops.

export function addForward(x: Float32Array, y: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    out[i] = (x[i] as number) + (y[i] as number);
  }
}

export function addBackward(
  gradient: Float32Array,
  xGradient: Float32Array,
  yGradient: Float32Array,
): void {
  xGradient.set(gradient);
  yGradient.set(gradient);
}

export function multiplyForward(x: Float32Array, y: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    out[i] = (x[i] as number) * (y[i] as number);
  }
}

export function multiplyBackward(
  gradient: Float32Array,
  x: Float32Array,
  y: Float32Array,
  xGradient: Float32Array,
  yGradient: Float32Array,
): void {
  for (let i = 0; i < gradient.length; i++) {
    const incoming = gradient[i] as number;
    xGradient[i] = incoming * (y[i] as number);
    yGradient[i] = incoming * (x[i] as number);
  }
}

/** Computes total = price · count · tax. */
export function snackTaxForward(
  price: Float32Array,
  count: Float32Array,
  tax: Float32Array,
  total: Float32Array,
): void {
  for (let i = 0; i < total.length; i++) {
    const subtotal = Math.fround((price[i] as number) * (count[i] as number));
    total[i] = subtotal * (tax[i] as number);
  }
}

/** Computes the total, and its gradients for all three inputs, in one pass without stored intermediate values. */
export function snackTaxGradients(
  price: Float32Array,
  count: Float32Array,
  tax: Float32Array,
  gradient: Float32Array,
  total: Float32Array,
  priceGradient: Float32Array,
  countGradient: Float32Array,
  taxGradient: Float32Array,
): void {
  for (let i = 0; i < total.length; i++) {
    const onePrice = price[i] as number;
    const oneCount = count[i] as number;
    const oneTax = tax[i] as number;
    const incoming = gradient[i] as number;
    const subtotal = Math.fround(onePrice * oneCount);
    const subtotalGradient = Math.fround(incoming * oneTax);
    total[i] = subtotal * oneTax;
    taxGradient[i] = incoming * subtotal;
    priceGradient[i] = subtotalGradient * oneCount;
    countGradient[i] = subtotalGradient * onePrice;
  }
}
